// Guests of boot2docker: an ISO instead of an image, and a disk that the guest formats itself.
#pragma once

#include "drivers/driver.hpp"

#include <filesystem>
#include <string>

namespace orch::drivers::qemu {

struct LegacyGuest {
    std::string url; // of the ISO, of a page of releases, or a path
    std::string key; // a line of authorized_keys
    std::filesystem::path iso;
    std::filesystem::path disk;
    int size = 0; // of the disk, in MB
};

/// Copies the ISO and makes the disk. Throws as kit::fetch() and make_disk().
void make_boot2docker(const LegacyGuest& guest, const Access& access, Job& job);

} // namespace orch::drivers::qemu
