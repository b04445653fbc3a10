// One machine's QEMU: found by its pid file, told from whoever has that number later, asked by QMP.
#pragma once

#include "drivers/driver.hpp"
#include "drivers/qemu/command.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace orch::drivers::qemu {

/// Where a running machine's things are.
struct Place {
    std::filesystem::path pid_file;
    std::filesystem::path monitor; // QMP's socket
};

/// The number of the process, if it lives and names that pid file itself. QEMU locks the file, and
/// leaves it behind when it is killed.
std::optional<pid_t> find_process(const Place& place);

/// The word of query-status as a state.
State state_of(std::string_view status);

/// Asks the process; stopped if there is none, error if it does not answer.
State ask_state(const Place& place, const std::stop_token& stop);

/// Starts it and returns once it is in the background with all its devices. Throws Error(conflict)
/// if a port is taken or the machine runs already, else Error(remote) with QEMU's words.
void launch(const Launch& launch, World& world, Job& job);

/// Presses the power button until the guest has gone down by itself. Throws Error(timeout).
void power_down(const Place& place, const std::string& machine, World& world, Job& job);

/// Ends the process, whatever the guest does; fine if there is none. Removes socket and pid file.
void kill(const Place& place, World& world, const Job& job);

/// Lets a guest that is paused go on.
void resume(const Place& place, const std::stop_token& stop);

/// Whether a launch failed because a port is taken that was free a moment ago.
bool is_port_conflict(const Error& error);

/// Whether it failed because this computer can reach no multicast group.
bool is_multicast_failure(const Error& error);

/// Where the socket goes: into `dir`, or where that path is too long for one, into a directory of
/// the user's below `runtime` ($XDG_RUNTIME_DIR), else below /tmp. Makes that directory.
std::filesystem::path
monitor_path(const std::filesystem::path& dir, const std::filesystem::path& runtime);

} // namespace orch::drivers::qemu
