#include "compose/stop.hpp"

#include "cmd/compose/target.hpp"
#include "cmd/compose/verbs.hpp"
#include "cmd/verb.hpp"

namespace orch::cmd::compose {

namespace {

struct Options {
    std::vector<std::string> services;
    int grace = 10;
};

int run_stop(const Options& options, Session& session) {
    const auto project = load_project(session);
    auto engine = connect(session);
    const auto sink = session.progress(ui::Layout::compose);
    Job job{session.stop, *sink};
    orch::compose::stop(
        project,
        engine,
        {.services = options.services,
         .grace = std::chrono::seconds(options.grace),
         .parallel = parallel_limit(session)},
        job
    );
    return 0;
}

} // namespace

void add_stop(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    add_services(verb, session, options->services);
    add_grace(verb, options->grace);
    choose(verb, session, [options, &session] { return run_stop(*options, session); });
}

} // namespace orch::cmd::compose
