// stop, restart, kill, pause and unpause: one call for each container of the services.
#include "compose/swarm/power.hpp"

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

using Use = std::function<Outcome(const Project&, engine::Engine&, Job&)>;

/// What it is on a swarm: a plan for the services, or nothing that there can be.
struct OnSwarm {
    orch::compose::swarm::MakePlan plan = nullptr;
    const char* verb = "";
    const char* instead = "";
};

Outcome
run(Session& session,
    const std::vector<std::string>& services,
    const OnSwarm& on_swarm,
    const Use& use) {
    const auto project = load_project(session);
    auto engine = connect(session);
    if (on_swarm.plan == nullptr)
        refuse_on_swarm(engine, session, on_swarm.verb, on_swarm.instead);
    else if (makes_services(engine, session))
        return act_on_services(project, engine, services, on_swarm.plan, session);
    const auto sink = session.progress(ui::Layout::compose);
    Job job{session.stop, *sink};
    return use(project, engine, job);
}

int run_stop(const Options& options, Session& session) {
    const OnSwarm services{.plan = orch::compose::swarm::plan_stop};
    run(session,
        options.services,
        services,
        [&](const Project& project, engine::Engine& engine, Job& job) {
            return orch::compose::stop(
                project,
                engine,
                {.services = options.services,
                 .grace = std::chrono::seconds(options.grace),
                 .parallel = parallel_limit(session)},
                job
            );
        });
    return 0;
}

int run_kill(const Options& options, Session& session) {
    const OnSwarm nothing{
        .verb = "kill",
        .instead = "the swarm would start new tasks at once; orch compose stop ends them"};
    run(session,
        options.services,
        nothing,
        [&](const Project& project, engine::Engine& engine, Job& job) {
            return orch::compose::kill(
                project,
                engine,
                {.services = options.services,
                 .signal = options.signal,
                 .parallel = parallel_limit(session)},
                job
            );
        });
    return 0;
}

int run_restart(const Options& options, Session& session) {
    const auto use = [&](const Project& project, engine::Engine& engine, Job& job) {
        return orch::compose::restart(
            project,
            engine,
            {.services = options.services,
             .grace = std::chrono::seconds(options.grace),
             .parallel = parallel_limit(session)},
            job
        );
    };
    const OnSwarm services{.plan = orch::compose::swarm::plan_restart};
    if (run(session, options.services, services, use).found.empty())
        throw Error(Kind::not_found, "No containers to restart")
            .hint("orch compose up -d makes them");
    return 0;
}

using Pause =
    Outcome (*)(const Project&, engine::Engine&, const orch::compose::PauseOptions&, Job&);

int run_pause(const Options& options, Session& session, Pause pause, const char* verb) {
    const auto use = [&](const Project& project, engine::Engine& engine, Job& job) {
        return pause(
            project,
            engine,
            {.services = options.services, .parallel = parallel_limit(session)},
            job
        );
    };
    const OnSwarm nothing{
        .verb = verb,
        .instead = "the swarm replaces tasks that do not answer; orch compose stop and start take "
                   "them away and bring them back"};
    if (run(session, options.services, nothing, use).found.empty())
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
