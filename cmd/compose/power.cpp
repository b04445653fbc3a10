// stop, restart, kill, pause and unpause: one call for each container of the services.
#include "compose/swarm/power.hpp"

#include "cmd/compose/node_engines.hpp"
#include "cmd/compose/offers.hpp"
#include "cmd/compose/services.hpp"
#include "cmd/compose/target.hpp"
#include "cmd/compose/verbs.hpp"
#include "cmd/verb.hpp"
#include "compose/kill.hpp"
#include "compose/pause.hpp"
#include "compose/restart.hpp"
#include "compose/stop.hpp"

#include <functional>

namespace orch::cmd::compose {

namespace {

using orch::compose::Outcome;
using orch::compose::Project;

struct Options {
    std::vector<std::string> services;
    std::string signal = "SIGKILL";
    int grace = 10;
};

using Use = std::function<Outcome(const Project&, const orch::compose::Hosts&, Job&)>;

/// With a plan for services on a swarm; where there is none, containers are acted on there, too.
Outcome
run(Session& session,
    const Options& options,
    orch::compose::swarm::MakePlan on_swarm,
    const Use& use) {
    const auto project = load_project(session);
    auto engine = connect(session);
    const auto hosts = hosts_of(session, engine);
    if (on_swarm != nullptr && hosts.swarm())
        return act_on_services(
            project,
            engine,
            {options.services, std::chrono::seconds(options.grace)},
            on_swarm,
            session
        );
    const auto sink = session.progress(ui::Layout::compose);
    Job job{session.stop, *sink};
    return use(project, hosts, job);
}

int run_stop(const Options& options, Session& session) {
    const auto use = [&](const Project& project, const orch::compose::Hosts& hosts, Job& job) {
        return orch::compose::stop(
            project,
            hosts.front(),
            {.services = options.services,
             .grace = std::chrono::seconds(options.grace),
             .parallel = parallel_limit(session)},
            job
        );
    };
    run(session, options, orch::compose::swarm::plan_stop, use);
    return 0;
}

int run_kill(const Options& options, Session& session) {
    const auto use = [&](const Project& project, const orch::compose::Hosts& hosts, Job& job) {
        return orch::compose::kill(
            project,
            hosts,
            {.services = options.services,
             .signal = options.signal,
             .parallel = parallel_limit(session)},
            job
        );
    };
    run(session, options, nullptr, use);
    return 0;
}

int run_restart(const Options& options, Session& session) {
    const auto use = [&](const Project& project, const orch::compose::Hosts& hosts, Job& job) {
        return orch::compose::restart(
            project,
            hosts.front(),
            {.services = options.services,
             .grace = std::chrono::seconds(options.grace),
             .parallel = parallel_limit(session)},
            job
        );
    };
    if (run(session, options, orch::compose::swarm::plan_restart, use).found.empty())
        throw Error(Kind::not_found, "No containers to restart")
            .hint("orch compose up -d makes them");
    return 0;
}

using Pause =
    Outcome (*)(const Project&, const orch::compose::Hosts&, const orch::compose::PauseOptions&, Job&);

int run_pause(const Options& options, Session& session, Pause pause, const char* verb) {
    const auto use = [&](const Project& project, const orch::compose::Hosts& hosts, Job& job) {
        return pause(
            project, hosts, {.services = options.services, .parallel = parallel_limit(session)}, job
        );
    };
    if (run(session, options, nullptr, use).found.empty())
        throw Error(Kind::not_found, "No containers to {}", verb)
            .hint("orch compose ps shows what runs");
    return 0;
}

} // namespace

void add_stop(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    add_services(verb, session, options->services, Having::running);
    add_grace(verb, options->grace);
    choose(verb, session, [options, &session] { return run_stop(*options, session); });
}

void add_kill(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    add_services(verb, session, options->services, Having::running);
    verb.add_option("-s,--signal", options->signal, "The signal to send (SIGKILL)");
    choose(verb, session, [options, &session] { return run_kill(*options, session); });
}

void add_restart(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    add_services(verb, session, options->services);
    add_grace(verb, options->grace);
    choose(verb, session, [options, &session] { return run_restart(*options, session); });
}

void add_pause(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    add_services(verb, session, options->services, Having::running);
    choose(verb, session, [options, &session] {
        return run_pause(*options, session, orch::compose::pause, "pause");
    });
}

void add_unpause(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    add_services(verb, session, options->services, Having::paused);
    choose(verb, session, [options, &session] {
        return run_pause(*options, session, orch::compose::unpause, "unpause");
    });
}

} // namespace orch::cmd::compose
