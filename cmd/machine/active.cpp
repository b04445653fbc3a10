#include "cmd/machine/fleet.hpp"
#include "cmd/machine/verbs.hpp"
#include "cmd/options.hpp"
#include "cmd/verb.hpp"
#include "machine/list.hpp"

#include <algorithm>
#include <chrono>

namespace orch::cmd::machine {

namespace {

int run_active(int timeout, Session& session) {
    const Fleet fleet(session);
    const auto sink = session.progress(ui::Layout::one_machine);
    Job job{session.stop, *sink};
    const auto host = session.environment.get_or("DOCKER_HOST", "");
    const auto rows =
        orch::machine::list(fleet.context(), std::chrono::seconds(timeout), host, job);
    const auto active =
        std::find_if(rows.begin(), rows.end(), [](const auto& row) { return row.active(); });
    if (active != rows.end()) {
        session.console.out(active->name + "\n");
        return 0;
    }
    const bool timed_out = std::any_of(rows.begin(), rows.end(), [](const auto& row) {
        return row.state == drivers::State::timeout;
    });
    if (timed_out)
        throw Error(Kind::timeout, "Error getting active host: timeout");
    throw Error(Kind::not_found, "No active host found")
        .hint("eval $(orch machine env NAME) makes a machine the active one");
}

} // namespace

void add_active(CLI::App& verb, Session& session) {
    const auto timeout = std::make_shared<int>(10);
    const auto extra = std::make_shared<std::vector<std::string>>();
    verb.add_option("NAME", *extra)->group("");
    add_seconds(verb, "-t,--timeout", *timeout, "Seconds to wait for answers");
    choose(verb, session, [timeout, extra, &session] {
        if (!extra->empty())
            throw Error(Kind::usage, "Error: Too many arguments given");
        return run_active(*timeout, session);
    });
}

} // namespace orch::cmd::machine
