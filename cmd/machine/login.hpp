// What the verbs of the SSH family begin with: a machine that can be logged in to.
#pragma once

#include "cmd/machine/fleet.hpp"
#include "cmd/session.hpp"
#include "lib/fs/temp_folder.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace orch::cmd::machine {

/// The machine and its SSH address. The driver is asked only where a host can be down without
/// anybody noticing soon. Throws Error: unsupported if there is no host to log in to, not_found
/// with docker-machine's words if it is not running, denied if its key cannot be used.
ssh::Address login_address(const Fleet& fleet, const std::string& name, Session& session);

/// Whether the built-in client is to be used: --native-ssh, MACHINE_NATIVE_SSH, or no ssh program.
bool wants_native_ssh(const Session& session);

/// For an ssh that could not even connect: throws if that is because the host is down.
void require_running(const Fleet& fleet, const std::string& name, Session& session);

/// Whether a program is installed.
bool is_installed(const std::string& program, const Session& session);

/// Throws docker-machine's Error(not_found) "You must have a copy of the scp binary locally to use
/// the scp feature" unless it is installed. `purpose` is "the scp feature".
void require_program(
    const std::string& program, const std::string& purpose, const Session& session
);

/// A file for ssh's option -F in which each machine is a host by its name; gone with the object.
class SshConfig {
  public:
    SshConfig(const std::vector<std::string>& machines, const Fleet& fleet, Session& session);

    [[nodiscard]] std::filesystem::path path() const { return folder_ / "ssh_config"; }

  private:
    fs::TempFolder folder_;
};

} // namespace orch::cmd::machine
