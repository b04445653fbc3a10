// What the engine is told, in the form that the host's service manager reads, as pure text.
#pragma once

#include "machine/machine.hpp"
#include "machine/provision/provisioner.hpp"

#include <string>
#include <vector>

namespace orch::machine::provision {

struct RemoteFile {
    std::string path;
    std::string content; // text that ends in a newline
    unsigned mode = 0644;
};

/// The files with the engine's options, in docker-machine's order. What the host itself tells its
/// engine stays in force, except for the sockets and TLS. Throws Error(unsupported) for an option
/// that boot2docker cannot take.
std::vector<RemoteFile>
engine_config(const Machine& machine, const Facts& facts, const Provisioner& provisioner, int port);

/// Keys of /etc/docker/daemon.json that set what the options set too: dockerd refuses to start
/// with both. Empty if there is no conflict; a text that is no JSON is a conflict by itself.
std::string daemon_json_conflict(const EngineOptions& options, const std::string& daemon_json);

/// Lines of a settings file that orch has written, between these two.
inline constexpr std::string_view block_begin = "# orch: begin (written again by every provision)";
inline constexpr std::string_view block_end = "# orch: end";

/// `settings` with its block, if it has one, replaced by `block`, at the end.
std::string with_block(const std::string& settings, const std::string& block);

} // namespace orch::machine::provision
