#include "compose/restart.hpp"

#include "cmd/compose/target.hpp"
#include "cmd/compose/verbs.hpp"
#include "cmd/verb.hpp"

namespace orch::cmd::compose {

namespace {

struct Options {
    std::vector<std::string> services;
    int grace = 10;
};

int run_restart(const Options& options, Session& session) {
    const auto project = load_project(session);
    auto engine = connect(session);
    const auto sink = session.progress(ui::Layout::compose);
    Job job{session.stop, *sink};
    const auto outcome = orch::compose::restart(
        project,
        engine,
        {.services = options.services,
         .grace = std::chrono::seconds(options.grace),
         .parallel = parallel_limit(session)},
        job
    );
    if (outcome.found.empty())
        throw Error(Kind::not_found, "No containers to restart")
            .hint("orch compose up -d makes them");
    return 0;
}

} // namespace

void add_restart(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    add_services(verb, session, options->services);
    add_grace(verb, options->grace);
    choose(verb, session, [options, &session] { return run_restart(*options, session); });
}

} // namespace orch::cmd::compose
