#include "cmd/machine/fleet.hpp"
#include "cmd/machine/verbs.hpp"
#include "cmd/ui/error_report.hpp"
#include "cmd/usage.hpp"
#include "cmd/verb.hpp"
#include "lib/base/text.hpp"
#include "machine/remove.hpp"
#include "machine/swarm/leave.hpp"

namespace orch::cmd::machine {

namespace {

struct Options {
    std::vector<std::string> names;
    bool force = false;
    bool yes = false;
};

/// Removes one machine; false if that failed.
bool remove(
    const std::string& name, const Options& options, const Fleet& fleet, Session& session, Job& job
) {
    try {
        orch::machine::remove(name, options.force, fleet.context(), job);
    } catch (Error& error) {
        if (error.kind() == Kind::cancelled)
            throw;
        error.context(fmt::format("Error removing host \"{}\"", name));
        ui::report(session.console, error, session.persona, !session.globals.debug.empty());
        if (!options.force)
            return false;
        if (fleet.store().exists(name) || error.kind() == Kind::not_found) {
            session.console.err("Can't remove \"" + name + "\"\n");
            return false;
        }
    }
    session.console.out("Successfully removed " + name + "\n");
    return true;
}

int run_rm(const Options& options, Session& session) {
    if (options.names.empty())
        throw ErrorWithHelp(
            Error(Kind::usage, "Error: Expected to get one or more machine names as arguments")
        );
    const Fleet fleet(session);
    session.console.out(
        "About to remove " + text::join(options.names, ", ") +
        "\nWARNING: This action will delete both local reference and remote instance.\n"
    );
    if (!options.force && !options.yes && !session.confirm("Are you sure? (y/n): "))
        return 0;
    const auto sink = session.progress_of_machines(options.names.size());
    Job job{session.stop, *sink};
    bool all = true;
    for (const auto& name :
         orch::machine::swarm::in_order_of_leaving(options.names, fleet.context()))
        all = remove(name, options, fleet, session, job) && all;
    return all || options.force ? 0 : 1;
}

} // namespace

void add_rm(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    add_names(verb, session, options->names, "Machines to remove");
    verb.add_flag("-f,--force", options->force, "Forget it even if its driver fails; do not ask");
    verb.add_flag("-y", options->yes, "Do not ask");
    choose(verb, session, [options, &session] { return run_rm(*options, session); });
}

} // namespace orch::cmd::machine
