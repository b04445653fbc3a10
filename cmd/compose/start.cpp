#include "compose/start.hpp"

#include "cmd/compose/offers.hpp"
#include "cmd/compose/target.hpp"
#include "cmd/compose/verbs.hpp"
#include "cmd/verb.hpp"

namespace orch::cmd::compose {

namespace {

int run_start(const std::vector<std::string>& services, Session& session) {
    const auto project = load_project(session);
    auto engine = connect(session);
    const auto sink = session.progress(ui::Layout::compose);
    Job job{session.stop, *sink};
    const auto outcome = orch::compose::start(
        project, engine, {.services = services, .parallel = parallel_limit(session)}, job
    );
    if (outcome.found.empty())
        throw Error(Kind::not_found, "No containers to start")
            .hint("orch compose up -d makes them");
    return 0;
}

} // namespace

void add_start(CLI::App& verb, Session& session) {
    const auto services = std::make_shared<std::vector<std::string>>();
    add_services(verb, session, *services, Having::stopped);
    choose(verb, session, [services, &session] { return run_start(*services, session); });
}

} // namespace orch::cmd::compose
