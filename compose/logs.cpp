#include "compose/logs.hpp"

#include "compose/observe.hpp"
#include "compose/output/follower.hpp"
#include "compose/output/log_source.hpp"
#include "compose/selection.hpp"
#include "lib/base/defer.hpp"
#include "lib/base/error.hpp"
#include "lib/tasks/clock.hpp"

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>

namespace orch::compose {

LogHandlers one_at_a_time(const LogHandlers& handlers, std::mutex& mutex) {
    LogHandlers result;
    if (handlers.line)
        result.line = [&](const LogSource& source, int stream, std::string_view line) {
            const std::lock_guard lock(mutex);
            handlers.line(source, stream, line);
        };
    if (handlers.pause)
        result.pause = [&] {
            const std::lock_guard lock(mutex);
            handlers.pause();
        };
    if (handlers.exited)
        result.exited = [&](const LogSource& source, int code) {
            const std::lock_guard lock(mutex);
            handlers.exited(source, code);
        };
    return result;
}

namespace {

/// How long after a stop the last words of the containers may take.
constexpr std::chrono::seconds patience{2};

/// Containers by the engine that they are on.
using Starts = std::map<engine::Engine*, std::vector<Follower::Start>>;

Starts containers_to_show(
    const Project& project,
    const Hosts& hosts,
    const LogsOptions& options,
    const LogHandlers& handlers
) {
    auto containers = containers_of(
        project, observe_containers(hosts, project.name), options.services, Oneoffs::without
    );
    if (options.index != 0)
        std::erase_if(containers, [&](const ObservedContainer& container) {
            return container.number != options.index;
        });
    Starts starts;
    std::vector<LogSource> sources;
    for (const auto& container : containers) {
        const auto source = log_source_of(project, container);
        starts[&hosts.of(container)].push_back({container.id, source});
        if (!options.muted.contains(container.service))
            sources.push_back(source);
    }
    if (handlers.attached)
        handlers.attached(sources);
    return starts;
}

void read_nodes(
    const Project& project,
    const Starts& starts,
    const LogsOptions& options,
    const LogHandlers& handlers,
    const std::stop_token& stop
) {
    std::mutex mutex; // held while a handler runs
    const auto shared = one_at_a_time(handlers, mutex);
    tasks::Group group(starts.size(), stop);
    for (const auto& start : starts)
        group.spawn([&](const std::stop_token& token) {
            const auto& [engine, containers] = start;
            Follower(project, *engine, options, shared, token).run(containers);
        });
    group.wait();
}

} // namespace

void read_containers(
    const Project& project,
    const Hosts& hosts,
    const std::vector<ObservedContainer>& containers,
    const LogsOptions& options,
    const LogHandlers& handlers,
    const std::stop_token& stop
) {
    Starts starts;
    for (const auto& container : containers)
        starts[&hosts.of(container)].push_back({container.id, log_source_of(project, container)});
    if (!starts.empty())
        read_nodes(project, starts, options, handlers, stop);
}

void logs(
    const Project& project,
    const Hosts& hosts,
    const LogsOptions& options,
    const LogHandlers& handlers,
    Job& job
) {
    const auto starts = containers_to_show(project, hosts, options, handlers);
    if (hosts.swarm())
        read_nodes(project, starts, options, handlers, job.stop);
    else if (starts.empty())
        Follower(project, hosts.front(), options, handlers, job.stop).run({});
    else
        Follower(project, hosts.front(), options, handlers, job.stop).run(starts.begin()->second);
    tasks::check(job.stop);
}

namespace {

/// Reads on a thread of its own, so that the containers can be stopped while they still talk.
class Attachment {
  public:
    Attachment(
        const Project& project,
        engine::Engine& engine,
        const AttachOptions& options,
        const LogHandlers& handlers
    )
        : project_(project), engine_(engine), options_(options),
          how_{
              .services = options.services,
              .follow = true,
              .timestamps = options.timestamps,
              .muted = options.muted},
          handlers_(handlers), watched_(handlers),
          reader_(project, engine, how_, watched_, source_.get_token()) {
        watched_.exited = [this](const LogSource& source, int code) { exited(source, code); };
    }

    AttachResult run(const std::stop_token& stop) {
        auto starts = std::move(containers_to_show(project_, engine_, how_, handlers_)[&engine_]);
        for (auto& start : starts)
            start.only_new = !options_.running.contains(start.source.container);
        tasks::Group group(1, {});
        const Defer silence([this] { source_.request_stop(); });
        group.spawn([&](const std::stop_token&) {
            const Defer done([this] {
                const std::lock_guard lock(mutex_);
                done_ = true;
                changed_.notify_all();
            });
            reader_.run(starts);
        });
        std::unique_lock lock(mutex_);
        if (!changed_.wait(lock, stop, [this] { return done_; })) {
            result_.stopped = true;
            lock.unlock();
            if (options_.on_stop) {
                options_.on_stop();
                lock.lock();
                changed_.wait_for(lock, patience, [this] { return done_; });
                lock.unlock();
            }
        } else {
            lock.unlock();
        }
        source_.request_stop();
        wait(group);
        return result_;
    }

  private:
    void exited(const LogSource& source, int code) {
        result_.exits.push_back({source, code});
        if (handlers_.exited && !options_.muted.contains(source.service))
            handlers_.exited(source, code);
        if (options_.until == Until::first_exit ||
            (options_.until == Until::first_failure && code != 0))
            reader_.finish();
    }

    static void wait(tasks::Group& group) {
        try {
            group.wait();
        } catch (const Error& error) {
            if (error.kind() != Kind::cancelled)
                throw;
        }
    }

    const Project& project_;
    engine::Engine& engine_;
    const AttachOptions& options_;
    const LogsOptions how_;
    const LogHandlers& handlers_;
    LogHandlers watched_;
    AttachResult result_;
    std::stop_source source_; // ends the reading
    std::mutex mutex_;        // guards done_
    std::condition_variable_any changed_;
    bool done_ = false;
    Follower reader_;
};

} // namespace

AttachResult run_attached(
    const Project& project,
    engine::Engine& engine,
    const AttachOptions& options,
    const LogHandlers& handlers,
    Job& job
) {
    try {
        return Attachment(project, engine, options, handlers).run(job.stop);
    } catch (const Error& error) {
        if (error.kind() != Kind::cancelled || !job.stop.stop_requested())
            throw;
    }
    if (options.on_stop)
        options.on_stop();
    return {.stopped = true};
}

} // namespace orch::compose
