// The disk and the CD of a guest, made by qemu-img and by orch.
#pragma once

#include "drivers/driver.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace orch::drivers::qemu {

/// A copy of the image as qcow2 of `size` MB at `disk`, which is there only when it is complete.
/// Throws Error(usage) if the image is larger, Error(remote) with qemu-img's words.
void make_disk(
    const std::filesystem::path& image,
    const std::filesystem::path& disk,
    int size,
    World& world,
    Job& job
);

/// Throws Error(invalid) if the file system of `dir` cannot hold an image and its copy.
void require_space(const std::filesystem::path& dir);

} // namespace orch::drivers::qemu
