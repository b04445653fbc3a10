// What of QEMU is installed on this computer.
#pragma once

#include "drivers/qemu/wishes.hpp"

#include <filesystem>
#include <string>

namespace orch::drivers::qemu {

/// The wish, or else the program for this computer's processor.
std::string program_of(const std::string& wish);

/// Throws Error: not_found if QEMU or qemu-img is not installed, unsupported if it is older than 5.
void require_programs(const std::string& program, World& world, const Job& job);

/// Throws Error(not_found) if the bridge or interface of that network is not there.
void require_network(const Wishes& wishes);

/// The UEFI code file: the wish; on aarch64, which has no other firmware, else the system's; empty
/// elsewhere. Throws Error(not_found) where there must be one and is none.
std::filesystem::path find_firmware(const std::string& wish, const std::string& arch);

/// Where the firmware keeps its variables: `own`, a copy of what lies beside the code, made when it
/// is missing. Empty if there is nothing beside it.
std::filesystem::path
own_firmware_vars(const std::filesystem::path& code, const std::filesystem::path& own);

} // namespace orch::drivers::qemu
