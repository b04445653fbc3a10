// A large file from the network to the disk: redirects are followed, what broke off goes on where
// it stopped.
#pragma once

#include "lib/http/client.hpp"
#include "lib/tasks/clock.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>

namespace orch::http {

struct Download {
    std::string url;
    std::filesystem::path file; // what is there of it already is kept, if the server can go on
    std::map<std::string, std::string> headers{};

    /// Bytes on the disk, and of the whole; 0 while that is unknown.
    std::function<void(std::uint64_t current, std::uint64_t total)> on_progress{};
};

/// Returns when the whole file is there. A connection that breaks or stalls is made again as long
/// as each attempt brings something, a few times otherwise. Throws Error: network, timeout, denied,
/// not_found and remote (answers that are no file), with the file as far as it came; cancelled.
void download(
    Client& client, const Download& wish, tasks::Clock& clock, const std::stop_token& stop
);

/// The body of a small file, redirects followed. Throws the same.
std::string fetch_text(Client& client, const std::string& url, const std::stop_token& stop);

} // namespace orch::http
