#include "cmd/machine/login.hpp"

#include "lib/base/error.hpp"
#include "lib/fs/files.hpp"
#include "lib/process/runner.hpp"
#include "lib/ssh/client_config.hpp"
#include "lib/ssh/key.hpp"

#include <algorithm>
#include <array>

namespace orch::cmd::machine {

namespace {

Error not_running(const std::string& name) {
    return Error(Kind::not_found, "Error: Cannot run SSH command: Host \"{}\" is not running", name)
        .hint("orch machine start {}", name);
}

bool is_running(Target& target, Session& session) {
    const auto sink = session.progress(ui::Layout::one_machine);
    Job job{session.stop, *sink};
    return target.driver->refresh(target.machine.record, job) == drivers::State::running;
}

/// The package that brings the program, where its name is another.
std::string package_of(const std::string& program) {
    if (program == "scp" || program == "ssh")
        return "openssh-client";
    return program.starts_with("fusermount") ? "fuse3" : program;
}

} // namespace

ssh::Address login_address(const Fleet& fleet, const std::string& name, Session& session) {
    auto target = fleet.open(name);
    const auto& info = fleet.registry().find(target.machine.driver)->info;
    if (!info.provisions)
        throw Error(Kind::unsupported, "machine \"{}\" has no host to log in to", name)
            .hint("its driver \"{}\" only knows the engine's URL", target.machine.driver);
    // An existing host is not asked first: that would cost a connection, and ssh itself notices.
    if (info.boots && !is_running(target, session))
        throw not_running(name);
    auto address = target.reach().ssh;
    if (address.host.empty())
        throw not_running(name);
    if (!address.key.empty())
        ssh::require_private(address.key);
    return address;
}

bool wants_native_ssh(const Session& session) {
    constexpr std::array yes{"1", "t", "T", "true", "TRUE", "True"}; // as Go reads it
    const auto variable = session.environment.get_or("MACHINE_NATIVE_SSH", "");
    return session.globals.native_ssh || !is_installed("ssh", session) ||
           std::find(yes.begin(), yes.end(), variable) != yes.end();
}

void require_running(const Fleet& fleet, const std::string& name, Session& session) {
    auto target = fleet.open(name);
    if (!is_running(target, session))
        throw not_running(name);
}

bool is_installed(const std::string& program, const Session& session) {
    return process::find_program(program, session.environment.get_or("PATH", "/usr/bin:/bin"))
        .has_value();
}

void require_program(
    const std::string& program, const std::string& purpose, const Session& session
) {
    if (!is_installed(program, session))
        throw Error(
            Kind::not_found,
            "You must have a copy of the {} binary locally to use {}",
            program,
            purpose
        )
            .hint("Debian and Ubuntu have it in the package {}", package_of(program));
}

SshConfig::SshConfig(const std::vector<std::string>& machines, const Fleet& fleet, Session& session)
    : folder_("/tmp", "orch-ssh-") { // no spaces: rsync splits its -e at them
    std::string text;
    for (const auto& name : machines)
        text += ssh::config_block(name, login_address(fleet, name, session));
    text += "Host *\n  ConnectionAttempts 3\n  ConnectTimeout 10\n  ServerAliveInterval 60\n";
    fs::write_atomic(path(), text, 0600);
}

} // namespace orch::cmd::machine
