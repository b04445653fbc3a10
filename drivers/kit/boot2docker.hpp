// What the guests of boot2docker (and of minikube's ISO) expect of those who make their disks.
#pragma once

#include "lib/http/client.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace orch::drivers::kit::boot2docker {

/// The last release; the project is abandoned.
constexpr std::string_view last_version = "v19.03.12";
constexpr std::string_view last_url =
    "https://github.com/boot2docker/boot2docker/releases/download/v19.03.12/boot2docker.iso";

constexpr std::string_view user = "docker";

/// What a blank disk begins with: the guest sees the words "please format-me", makes partitions and
/// unpacks the key into its user's home. It reads 4096 bytes, which is checked: throws
/// Error(invalid) if `public_key` is too long for that.
std::string format_me(const std::string& public_key);

/// A raw disk of `size` bytes as the input of a program: `head`, then zeros. Throws Error(invalid)
/// if the head does not fit.
std::function<std::size_t(std::span<char>)> blank_disk(std::string head, std::uint64_t size);

/// "v19.03.12": from the volume's name. Empty where the name has none, as in v18.09.0. Throws
/// Error(invalid) if the file is no ISO 9660 image, and as fs::read_file().
std::string iso_version(const std::filesystem::path& iso);

/// The page of a repository's releases ("https://HOST/repos/OWNER/REPO/releases", which
/// docker-machine took in the place of an ISO) as the API's address of the latest one; empty if
/// `url` is no such page.
std::string latest_release_url(std::string_view url);

/// Where that release's ISO is. `answer` is what the API sent for latest_release_url(). Throws
/// Error(remote) if it says nothing of a release.
std::string iso_url_of_release(std::string_view page, const std::string& answer);

/// What a user's wish means: a page of releases is asked for its latest, anything else is the ISO
/// itself. Throws as http::fetch_text() and iso_url_of_release() do.
std::string iso_url(const std::string& wish, http::Client& http, const std::stop_token& stop);

} // namespace orch::drivers::kit::boot2docker
