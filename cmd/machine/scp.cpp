#include "cmd/machine/login.hpp"
#include "cmd/machine/verbs.hpp"
#include "cmd/usage.hpp"
#include "cmd/verb.hpp"
#include "lib/process/runner.hpp"
#include "machine/copy.hpp"

#include <algorithm>

namespace orch::cmd::machine {

namespace {

constexpr int ssh_failed = 255; // the ssh below, before anything was copied

struct Options {
    std::vector<std::string> paths;
    bool recursive = false;
    bool delta = false;
    bool quiet = false;
};

std::vector<std::string> machines_of(const orch::machine::CopyRequest& request) {
    std::vector<std::string> names;
    for (const auto& name : {request.from.machine, request.to.machine})
        if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end())
            names.push_back(name);
    return names;
}

int run_scp(const Options& options, Session& session) {
    if (options.paths.size() != 2)
        throw ErrorWithHelp(Error(Kind::usage, "Improper number of arguments")
                                .hint("orch machine scp [[USER@]NAME:]PATH [[USER@]NAME:]PATH"));
    const orch::machine::CopyRequest request{
        .from = orch::machine::parse_copy_end(options.paths[0]),
        .to = orch::machine::parse_copy_end(options.paths[1]),
        .recursive = options.recursive,
        .delta = options.delta,
        .quiet = options.quiet,
    };
    if (options.delta)
        require_program("rsync", "the --delta option", session);
    else
        require_program("scp", "the scp feature", session);
    const Fleet fleet(session);
    for (const auto& name : machines_of(request))
        doing("Error loading host", [&] { fleet.store().require(name); });
    const SshConfig config(machines_of(request), fleet, session);
    const auto argv = orch::machine::copy_argv(request, config.path());
    const ui::Console::Handover handover(session.console);
    const auto code = session.world.processes.run_attached({.argv = argv});
    if (code == ssh_failed)
        for (const auto& name : machines_of(request))
            require_running(fleet, name, session);
    if (code != 0)
        throw Error(Kind::remote, "{}: exit status {}", argv.front(), code);
    return 0;
}

} // namespace

void add_scp(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    auto* const paths =
        verb.add_option("PATH", options->paths, "From where, and to where: PATH or NAME:PATH");
    session.completions.add(*paths, [&session] {
        std::vector<Candidate> candidates;
        for (const auto& name : orch::machine::Store(session.storage_path()).names())
            candidates.push_back({name + ":", ""});
        return candidates;
    });
    verb.add_flag("-r,--recursive", options->recursive, "Copy directories with all in them");
    verb.add_flag("-d,--delta", options->delta, "Send only what differs: with rsync");
    verb.add_flag("-q,--quiet", options->quiet, "Show no progress");
    choose(verb, session, [options, &session] { return run_scp(*options, session); });
}

} // namespace orch::cmd::machine
