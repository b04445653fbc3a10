#include "cmd/machine/fleet.hpp"
#include "cmd/machine/verbs.hpp"
#include "cmd/verb.hpp"
#include "lib/progress/sink.hpp"
#include "machine/create.hpp"

namespace orch::cmd::machine {

namespace {

int run_provision(const std::vector<std::string>& names, Session& session) {
    const Fleet fleet(session);
    const auto chosen = fleet.existing(names);
    const auto sink = session.progress_of_machines(chosen.size());
    return fleet.for_each(
        chosen,
        [&](const std::string& name, Job& job) {
            orch::machine::reprovision(name, owner(session), fleet.context(), job);
            job.progress.emit(
                {.id = name,
                 .status = progress::Status::done,
                 .text = session.own_word("Provisioned")}
            );
        },
        *sink
    );
}

} // namespace

void add_provision(CLI::App& verb, Session& session) {
    const auto names = std::make_shared<std::vector<std::string>>();
    add_names(verb, session, *names);
    choose(verb, session, [names, &session] { return run_provision(*names, session); });
}

} // namespace orch::cmd::machine
