#include "machine/upgrade.hpp"

#include "cmd/machine/fleet.hpp"
#include "cmd/machine/verbs.hpp"
#include "cmd/verb.hpp"
#include "lib/progress/sink.hpp"

#include <fmt/core.h>

namespace orch::cmd::machine {

namespace {

std::string outcome(const orch::machine::provision::Versions& versions) {
    if (versions.before == versions.after)
        return fmt::format("Docker {} is the newest that its packages have", versions.after);
    return fmt::format("Upgraded Docker from {} to {}", versions.before, versions.after);
}

int run_upgrade(const std::vector<std::string>& names, Session& session) {
    const Fleet fleet(session);
    const auto chosen = fleet.existing(names);
    const auto sink = session.progress_of_machines(chosen.size());
    return fleet.for_each(
        chosen,
        [&](const std::string& name, Job& job) {
            const auto versions =
                orch::machine::upgrade(name, owner(session), fleet.context(), job);
            job.progress.emit(
                {.id = name, .status = progress::Status::done, .text = outcome(versions)}
            );
        },
        *sink
    );
}

} // namespace

void add_upgrade(CLI::App& verb, Session& session) {
    const auto names = std::make_shared<std::vector<std::string>>();
    add_names(verb, session, *names);
    choose(verb, session, [names, &session] { return run_upgrade(*names, session); });
}

} // namespace orch::cmd::machine
