// The disks of a guest, made from whatever its system comes as.
#pragma once

#include "drivers/virtualbox/power.hpp"

#include <filesystem>
#include <string_view>

namespace orch::drivers::virtualbox {

/// What an image of a disk is, told from its own bytes.
enum class ImageKind {
    raw,
    packed, // a raw disk in a tar archive
    native, // vmdk, vdi or vhd: VirtualBox reads it
    qcow2,  // qemu-img reads it
};

/// Throws Error(invalid) for a file that is no disk with a system on it.
ImageKind kind_of(const std::filesystem::path& image);

/// Copies the image to "system.vmdk" in the machine's directory, for VirtualBox to boot. Throws
/// Error: unsupported for a qcow2 image where there is no qemu-img; invalid, remote.
std::filesystem::path make_system_disk(const Bench& bench, const std::filesystem::path& image);

/// "disk.vmdk" in the machine's directory, for the engine's data: empty, of `megabytes`.
std::filesystem::path make_data_disk(const Bench& bench, int megabytes);

/// The same as boot2docker wants it: it formats the disk and takes the key from it.
std::filesystem::path
make_boot2docker_disk(const Bench& bench, int megabytes, const std::string& public_key);

/// "boot2docker.iso" in the machine's directory: from `url` (an ISO, a file or a page of releases),
/// or of the last release if that is empty.
std::filesystem::path fetch_iso(const Bench& bench, const std::string& url);

/// Removes disks that were made, but never became part of a machine, also from VirtualBox's list.
void forget_disks(const Bench& bench);

} // namespace orch::drivers::virtualbox
