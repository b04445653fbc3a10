#include "cmd/machine/login.hpp"
#include "cmd/machine/verbs.hpp"
#include "cmd/usage.hpp"
#include "cmd/verb.hpp"
#include "lib/process/runner.hpp"
#include "machine/copy.hpp"

namespace orch::cmd::machine {

namespace {

struct Options {
    std::string source;
    std::string mount_point;
    bool unmount = false;
};

/// The first of the programs that take FUSE mounts away, as a user may; umount is for root.
std::string unmount_program(const Session& session) {
    for (const auto* program : {"fusermount3", "fusermount", "umount"})
        if (is_installed(program, session))
            return program;
    require_program("fusermount", "the unmount option", session); // throws
    return {};
}

int run_attached(const std::vector<std::string>& argv, Session& session) {
    const ui::Console::Handover handover(session.console);
    const auto code = session.world.processes.run_attached({.argv = argv});
    if (code != 0)
        throw Error(Kind::remote, "{}: exit status {}", argv.front(), code);
    return 0;
}

int run_mount(const Options& options, Session& session) {
    if (options.source.empty())
        throw ErrorWithHelp(Error(Kind::usage, "Improper number of arguments")
                                .hint("orch machine mount [[USER@]NAME:]PATH [MOUNTPOINT]"));
    const auto mount = orch::machine::parse_mount(options.source, options.mount_point);
    // The machine may be down or gone by now: its mount goes all the same.
    if (options.unmount)
        return run_attached(
            orch::machine::unmount_argv(unmount_program(session), mount.mount_point), session
        );
    require_program("sshfs", "the mount feature", session);
    const Fleet fleet(session);
    doing("Error loading host", [&] { fleet.store().require(mount.source.machine); });
    const auto address = login_address(fleet, mount.source.machine, session);
    return run_attached(orch::machine::mount_argv(mount, address), session);
}

} // namespace

void add_mount(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    auto* const source =
        verb.add_option("PATH", options->source, "A directory of a machine: NAME:PATH");
    session.completions.add(*source, [&session] {
        std::vector<Candidate> candidates;
        for (const auto& name : orch::machine::Store(session.storage_path()).names())
            candidates.push_back({name + ":", ""});
        return candidates;
    });
    verb.add_option("MOUNTPOINT", options->mount_point, "An empty directory here (the same path)");
    verb.add_flag("-u,--unmount", options->unmount, "Take the mount away instead");
    choose(verb, session, [options, &session] { return run_mount(*options, session); });
}

} // namespace orch::cmd::machine
