#include "cmd/machine/fleet.hpp"
#include "cmd/machine/verbs.hpp"
#include "cmd/verb.hpp"

namespace orch::cmd::machine {

namespace {

int run_url(const std::vector<std::string>& names, Session& session) {
    const Fleet fleet(session);
    const auto sink = session.progress(ui::Layout::one_machine);
    Job job{session.stop, *sink};
    auto target = fleet.open(fleet.single(names));
    session.console.out(fleet.running_url(target, job) + "\n");
    return 0;
}

} // namespace

void add_url(CLI::App& verb, Session& session) {
    const auto names = std::make_shared<std::vector<std::string>>();
    add_names(verb, session, *names, "Machine (default)");
    choose(verb, session, [names, &session] { return run_url(*names, session); });
}

} // namespace orch::cmd::machine
