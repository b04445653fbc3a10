#include "compose/logs.hpp"

#include "compose/observe.hpp"
#include "compose/output/follower.hpp"
#include "compose/output/log_source.hpp"
#include "compose/selection.hpp"
#include "lib/base/error.hpp"
#include "lib/tasks/clock.hpp"

namespace orch::compose {

namespace {

std::vector<Follower::Start> containers_to_show(
    const Project& project,
    engine::Engine& engine,
    const std::vector<std::string>& services,
    const LogHandlers& handlers
) {
    const auto containers = containers_of(
        project, observe_containers(engine, project.name), services, Oneoffs::without
    );
    std::vector<Follower::Start> starts;
    std::vector<LogSource> sources;
    for (const auto& container : containers) {
        starts.push_back({container.id, log_source_of(project, container)});
        sources.push_back(starts.back().source);
    }
    if (handlers.attached)
        handlers.attached(sources);
    return starts;
}

} // namespace

void logs(
    const Project& project,
    engine::Engine& engine,
    const LogsOptions& options,
    const LogHandlers& handlers,
    Job& job
) {
    const auto containers = containers_to_show(project, engine, options.services, handlers);
    Follower(project, engine, options, handlers, job.stop).run(containers);
    tasks::check(job.stop);
}

AttachResult run_attached(
    const Project& project,
    engine::Engine& engine,
    const AttachOptions& options,
    const LogHandlers& handlers,
    Job& job
) {
    AttachResult result;
    const LogsOptions how{
        .services = options.services, .follow = true, .timestamps = options.timestamps};
    Follower* follower = nullptr;
    auto watched = handlers;
    watched.exited = [&](const LogSource& source, int code) {
        result.exits.push_back({source, code});
        if (handlers.exited)
            handlers.exited(source, code);
        if (options.until_first_exit)
            follower->finish();
    };
    Follower reader(project, engine, how, watched, job.stop);
    follower = &reader;
    try {
        reader.run(containers_to_show(project, engine, options.services, handlers));
    } catch (const Error& error) {
        if (error.kind() != Kind::cancelled)
            throw;
    }
    result.stopped = job.stop.stop_requested();
    return result;
}

} // namespace orch::compose
