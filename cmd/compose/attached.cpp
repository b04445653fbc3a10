#include "cmd/compose/attached.hpp"

#include "cmd/compose/log_view.hpp"
#include "cmd/compose/node_engines.hpp"
#include "cmd/compose/services.hpp"
#include "cmd/compose/target.hpp"
#include "cmd/ui/error_report.hpp"
#include "compose/exit_code.hpp"
#include "compose/kill.hpp"
#include "compose/stop.hpp"
#include "compose/swarm/logs.hpp"

namespace orch::cmd::compose {

namespace {

using orch::compose::Project;
using orch::compose::Until;

constexpr int forced = 2; // docker-compose's exit code after a second Ctrl-C

void stop_all(
    const Project& project,
    engine::Engine& engine,
    const AttachedOptions& options,
    Session& session,
    const std::stop_token& stop
) {
    const auto sink = session.progress(ui::Layout::compose);
    Job job{stop, *sink};
    auto fresh = engine.with(stop);
    if (options.services) {
        orch::compose::swarm::act(
            project,
            fresh,
            {options.stopped, options.grace},
            orch::compose::swarm::plan_stop,
            service_options(fresh, session),
            job
        );
        return;
    }
    orch::compose::stop(
        project,
        fresh,
        {.services = options.stopped, .grace = options.grace, .parallel = parallel_limit(session)},
        job
    );
}

void kill_all(
    const Project& project, engine::Engine& engine, const AttachedOptions& options, Session& session
) {
    const auto sink = session.progress(ui::Layout::compose);
    Job job{{}, *sink};
    auto fresh = engine.with({});
    orch::compose::kill(
        project, fresh, {.services = options.stopped, .parallel = parallel_limit(session)}, job
    );
}

int code_from(
    const Project& project, engine::Engine& engine, const AttachedOptions& options, Session& session
) {
    auto fresh = engine.with({});
    if (const auto code = orch::compose::exit_code_of(project, fresh, options.exit_code_from))
        return *code;
    const Error error(
        Kind::not_found, "No containers matching the spec \"{}\" were run.", options.exit_code_from
    );
    ui::report(session.console, error, session.persona, false);
    return 2;
}

/// Of the container that made an end of it.
int code_of(const orch::compose::AttachResult& result, Until until) {
    for (const auto& exit : result.exits)
        if (exit.code != 0 || until == Until::first_exit)
            return exit.code;
    return 0;
}

} // namespace

int stop_gracefully(
    const Project& project, engine::Engine& engine, const AttachedOptions& options, Session& session
) {
    const auto second = session.second_signal();
    session.console.out("Gracefully stopping... (press Ctrl+C again to force)\n");
    try {
        stop_all(project, engine, options, session, second);
        return 0;
    } catch (const Error& error) {
        if (error.kind() != Kind::cancelled || !second.stop_requested())
            throw;
    }
    if (!options.services) // the tasks of services are on their way out already
        kill_all(project, engine, options, session);
    return forced;
}

int stay_attached(
    const Project& project, engine::Engine& engine, const AttachedOptions& options, Session& session
) {
    LogView view(
        session, {.prefix = options.prefix, .color = options.color}, log_width(project, session)
    );
    const auto sink = session.progress(ui::Layout::compose);
    Job job{session.stop, *sink};
    auto what = options.what;
    int code = 0;
    what.on_stop = [&] { code = stop_gracefully(project, engine, options, session); };
    const auto result =
        options.services ? orch::compose::swarm::run_attached(
                               project,
                               hosts_of(session, engine),
                               what,
                               view.handlers(),
                               session.world.clock,
                               job
                           )
                         : orch::compose::run_attached(project, engine, what, view.handlers(), job);
    if (result.stopped)
        return code;
    code = code_of(result, what.until);
    if (what.until == Until::all_have_ended || (what.until == Until::first_failure && code == 0))
        return 0;
    session.console.out("Aborting on container exit...\n");
    stop_all(project, engine, options, session, {});
    if (options.exit_code_from.empty())
        return code;
    for (const auto& exit : result.exits)
        if (options.services && exit.source.service == options.exit_code_from)
            return exit.code;
    return code_from(project, engine, options, session);
}

} // namespace orch::cmd::compose
