// Disk images of cloud distributions and other large files: found, downloaded once, checked.
#pragma once

#include "drivers/driver.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace orch::drivers::kit {

/// A checksum as its publisher gives it. Both empty: there is none.
struct Checksum {
    std::string algorithm; // "sha256", "sha512"
    std::string hex{};     // empty: the line of the file in what `list` leads to
    std::string list{};    // URL of a SHA256SUMS or SHA512SUMS
};

struct ImageSource {
    std::string url; // https://, http://; or file:///PATH and plain paths, which are used in place
    Checksum checksum{};
};

/// How an image is wanted: QEMU reads qcow2, VirtualBox takes a raw disk in a tar archive or a
/// vmdk.
enum class Flavour { qemu, virtualbox };

/// The names of the catalogue: "debian-13" ...
std::vector<std::string> image_names();

constexpr std::string_view default_image = "debian-13";

/// What a user's wish means: a name of the catalogue, for the processor `arch` ("x86_64",
/// "aarch64"), or a URL or path, with "#sha256=HEX" or "#sha512=HEX" behind it if it is to be
/// checked. Throws Error(usage) for a name that is neither, naming those there are.
ImageSource image_source(std::string_view wish, Flavour flavour, std::string_view arch);

/// Where large files of a store are kept.
std::filesystem::path cache_dir(const Access& access);

/// The file on this computer, from the cache or downloaded into it. What broke off is gone on
/// with, also by the next command; several creates download it once. Throws Error: not_found for a
/// path that is none, invalid for a wrong checksum, and what http::download() throws.
std::filesystem::path fetch(const ImageSource& source, const Access& access, Job& job);

} // namespace orch::drivers::kit
