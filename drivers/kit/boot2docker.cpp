#include "drivers/kit/boot2docker.hpp"

#include "lib/archive/tar_write.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/http/download.hpp"
#include "lib/json/json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstring>
#include <fstream>

namespace orch::drivers::kit::boot2docker {

namespace {

constexpr std::string_view magic = "boot2docker, please format-me";
constexpr std::size_t read_by_guest = 4096;

constexpr std::streamoff volume_descriptor = 0x8000; // sector 16 of an ISO 9660 image
constexpr std::size_t name_offset = 0x28;
constexpr std::size_t name_size = 32;

constexpr std::string_view releases = "/releases";
constexpr std::string_view repos = "/repos/";

std::string_view without_slash(std::string_view url) {
    while (url.ends_with('/'))
        url.remove_suffix(1);
    return url;
}

/// Where the end of the last thing in a tar archive is, the zeros behind it left out.
std::size_t used(const std::string& tar) {
    const auto last = tar.find_last_not_of('\0');
    return last == std::string::npos ? 0 : last + 1;
}

} // namespace

std::string format_me(const std::string& public_key) {
    auto tar = archive::tar_of({
        {.path = std::string(magic), .content = std::string(magic)},
        {.path = ".ssh/", .mode = 0700},
        {.path = ".ssh/authorized_keys", .content = public_key},
        {.path = ".ssh/authorized_keys2", .content = public_key},
    });
    if (used(tar) > read_by_guest)
        throw Error(Kind::invalid, "the SSH key is too long for a boot2docker guest")
            .hint("an ed25519 key or an RSA key of 2048 bits fits");
    return tar;
}

std::function<std::size_t(std::span<char>)> blank_disk(std::string head, std::uint64_t size) {
    if (size < head.size())
        throw Error(Kind::invalid, "a disk of {} bytes is too small", size);
    return [head = std::move(head), size, at = std::uint64_t{0}](std::span<char> buffer) mutable {
        const auto count =
            static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), size - at));
        const auto piece = buffer.first(count);
        std::fill(piece.begin(), piece.end(), '\0');
        if (at < head.size())
            head.copy(piece.data(), count, static_cast<std::size_t>(at));
        at += count;
        return count;
    };
}

std::string iso_version(const std::filesystem::path& iso) {
    std::ifstream file(iso, std::ios::binary);
    if (!file)
        throw Error(Kind::not_found, "cannot read {}", iso.string());
    std::string descriptor(name_offset + name_size, '\0');
    file.seekg(volume_descriptor);
    file.read(descriptor.data(), static_cast<std::streamsize>(descriptor.size()));
    if (!file || descriptor.compare(1, 5, "CD001") != 0)
        throw Error(Kind::invalid, "{} is no ISO image", iso.string());
    const auto name = std::string_view(descriptor).substr(name_offset);
    const auto dash = name.find("-v");
    if (dash == std::string_view::npos)
        return {};
    const auto version = name.substr(dash + 1);
    return std::string(text::trim(version.substr(0, version.find('\0'))));
}

std::string latest_release_url(std::string_view url) {
    url = without_slash(url);
    const bool page = url.starts_with("https://") && url.ends_with(releases);
    const auto at = url.find(repos);
    if (!page || at == std::string_view::npos)
        return {};
    const auto middle = url.substr(at + repos.size());
    const auto names = text::split(middle.substr(0, middle.size() - releases.size()), '/');
    if (names.size() != 2 || names[0].empty() || names[1].empty())
        return {};
    return std::string(url) + "/latest";
}

std::string iso_url_of_release(std::string_view page, const std::string& answer) {
    const auto release = json::parse(answer, page);
    const auto tag = release.is_object() ? release.find("tag_name") : release.end();
    if (tag == release.end() || !tag->is_string() || tag->get_ref<const std::string&>().empty())
        throw Error(Kind::remote, "{} names no release", page);
    // "https://api.github.com/repos/O/R/releases", "https://HOST/api/v3/repos/O/R/releases"
    auto address = std::string(without_slash(page));
    address.erase(address.find(repos), repos.size() - 1);
    if (const auto api = address.find("/api/v3/"); api != std::string::npos)
        address.erase(api, std::strlen("/api/v3"));
    if (constexpr std::string_view host = "https://api.github.com/"; address.starts_with(host))
        address.replace(0, host.size(), "https://github.com/");
    return address + "/download/" + tag->get<std::string>() + "/boot2docker.iso";
}

std::string iso_url(const std::string& wish, http::Client& http, const std::stop_token& stop) {
    const auto latest = latest_release_url(wish);
    return latest.empty() ? wish : iso_url_of_release(wish, http::fetch_text(http, latest, stop));
}

} // namespace orch::drivers::kit::boot2docker
