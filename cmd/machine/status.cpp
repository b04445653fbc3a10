#include "cmd/machine/fleet.hpp"
#include "cmd/machine/verbs.hpp"
#include "cmd/verb.hpp"

namespace orch::cmd::machine {

namespace {

int run_status(const std::vector<std::string>& names, Session& session) {
    const Fleet fleet(session);
    const auto sink = session.progress(ui::Layout::one_machine);
    Job job{session.stop, *sink};
    auto target = fleet.open(fleet.single(names));
    auto& machine = target.machine;
    const auto state = machine.progress == orch::machine::Progress::creating
                           ? drivers::State::error
                           : target.driver->refresh(machine.record, job);
    session.console.out(std::string(drivers::state_name(state)) + "\n");
    return state == drivers::State::not_found ? 1 : 0;
}

} // namespace

void add_status(CLI::App& verb, Session& session) {
    const auto names = std::make_shared<std::vector<std::string>>();
    add_names(verb, session, *names, "Machine (default)");
    choose(verb, session, [names, &session] { return run_status(*names, session); });
}

} // namespace orch::cmd::machine
