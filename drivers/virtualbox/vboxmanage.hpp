// VirtualBox's program: where it is, how it is called, and what of its failures passes by itself.
#pragma once

#include "drivers/driver.hpp"
#include "drivers/virtualbox/output.hpp"
#include "lib/fs/lock.hpp"
#include "lib/os/environment.hpp"
#include "lib/process/runner.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace orch::drivers::virtualbox {

using Args = std::vector<std::string>;

/// VBoxManage on PATH, in VBOX_INSTALL_PATH or VBOX_MSI_INSTALL_PATH, or where VirtualBox is
/// installed on macOS; nothing if it is not there.
std::optional<std::filesystem::path> find_vboxmanage(const os::Environment& environment);

class VBoxManage {
  public:
    VBoxManage(World& world, const os::Environment& environment)
        : world_(world), environment_(environment) {}

    /// How a call ended; a failure is data. `code` is not 0 for calls that failed as VirtualBox
    /// sometimes does, with exit code 0 and "error:" on its error stream. Failures that pass by
    /// themselves (an object that is not ready, a session that is still being closed) are tried
    /// again for some seconds. Throws Error: not_found (VirtualBox is not installed), cancelled.
    process::Outcome attempt(const Args& args, const std::stop_token& stop);

    /// The same with an input that is too long for memory; `out` is called with what it prints.
    process::Outcome attempt(
        const Args& args,
        std::function<std::size_t(std::span<char>)> input,
        const std::stop_token& stop
    );

    /// What it prints. Throws Error(remote) with VirtualBox's own words if it fails.
    std::string run(const Args& args, const std::stop_token& stop);

    /// The settings of a machine; nothing if there is no such machine. Throws as run().
    std::optional<VmInfo> show(const std::string& machine, const std::stop_token& stop);

    /// VirtualBox dislikes several callers that change things at a time: held around a sequence of
    /// such calls by all of a user's processes, never around a wait.
    [[nodiscard]] fs::Lock alone(const std::stop_token& stop) const;

  private:
    process::Outcome call(const process::Command& command, const std::stop_token& stop);

    World& world_;
    const os::Environment& environment_;
    std::string program_;
};

/// The Error for a call that failed.
Error failure_of(const Args& args, const process::Outcome& outcome);

} // namespace orch::drivers::virtualbox
