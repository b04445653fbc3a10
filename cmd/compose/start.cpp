#include "compose/start.hpp"

#include "cmd/compose/offers.hpp"
#include "cmd/compose/services.hpp"
#include "cmd/compose/target.hpp"
#include "cmd/compose/verbs.hpp"
#include "cmd/options.hpp"
#include "cmd/verb.hpp"
#include "compose/ready.hpp"

#include <fmt/format.h>

namespace orch::cmd::compose {

namespace {

struct Options {
    std::vector<std::string> services;
    bool wait = false;
    int wait_timeout = 0;
};

int run_start(const Options& options, Session& session) {
    const auto project = load_project(session);
    auto engine = connect(session);
    if (makes_services(engine, session)) {
        const auto outcome = act_on_services(
            project, engine, {options.services}, orch::compose::swarm::plan_start, session
        );
        if (outcome.found.empty())
            throw Error(Kind::not_found, "No services to start")
                .hint("orch compose up -d makes them");
        return 0;
    }
    const auto sink = session.progress(ui::Layout::compose);
    Job job{session.stop, *sink};
    const auto outcome = orch::compose::start(
        project, engine, {.services = options.services, .parallel = parallel_limit(session)}, job
    );
    if (outcome.found.empty() && session.persona == Persona::docker_compose)
        for (const auto* service : project.select(options.services, false))
            session.console.err(fmt::format("Starting {} ... failed\n", service->name));
    if (outcome.found.empty())
        throw Error(Kind::not_found, "No containers to start")
            .hint("orch compose up -d makes them");
    if (options.wait)
        orch::compose::await_ready(
            project,
            engine,
            {.services = options.services, .timeout = std::chrono::seconds(options.wait_timeout)},
            session.world.clock,
            job
        );
    return 0;
}

} // namespace

void add_start(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    add_services(verb, session, options->services, Having::stopped);
    verb.add_flag("--wait", options->wait, "Return when the containers run or are healthy");
    add_seconds(
        verb, "--wait-timeout", options->wait_timeout, "Seconds that --wait may take (no limit)"
    );
    choose(verb, session, [options, &session] { return run_start(*options, session); });
}

} // namespace orch::cmd::compose
