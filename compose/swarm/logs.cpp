#include "compose/swarm/logs.hpp"

#include "compose/output/line_splitter.hpp"
#include "compose/output/log_source.hpp"
#include "compose/selection.hpp"
#include "compose/swarm/convergence.hpp"
#include "compose/swarm/names.hpp"
#include "compose/swarm/observe.hpp"
#include "compose/swarm/plain.hpp"
#include "lib/base/defer.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/tasks/group.hpp"

#include <algorithm>
#include <mutex>

namespace orch::compose::swarm {

namespace {

constexpr std::chrono::milliseconds look_interval{500};
constexpr std::chrono::milliseconds last_words{1000}; // after the end of a task

/// Tasks by id, as people know them.
class Tasks {
  public:
    Tasks(const Project& project, engine::Engine& engine, const std::vector<std::string>& services)
        : project_(project) {
        for (const auto* service : project.select(services, false))
            selected_.push_back(service->name);
        refresh(engine);
    }

    /// Services that are read.
    [[nodiscard]] std::vector<engine::Service> services() const {
        std::vector<engine::Service> result;
        for (const auto& service : observed_.services)
            if (std::find(selected_.begin(), selected_.end(), name_in_file(service)) !=
                selected_.end())
                result.push_back(service);
        return result;
    }

    /// One per slot, by name.
    [[nodiscard]] std::vector<LogSource> slots() const {
        std::vector<LogSource> sources;
        for (const auto& [id, source] : sources_)
            if (std::find(sources.begin(), sources.end(), source) == sources.end())
                sources.push_back(source);
        std::sort(sources.begin(), sources.end(), [](const LogSource& a, const LogSource& b) {
            return text::natural_less(a.container, b.container);
        });
        return sources;
    }

    /// Any thread. A task that is not known yet is asked for; what nobody knows is the service's.
    LogSource of(const engine::Service& service, const std::string& task, engine::Engine& engine) {
        const std::lock_guard lock(mutex_);
        auto found = sources_.find(task);
        if (found == sources_.end()) {
            refresh(engine);
            found = sources_.find(task);
        }
        if (found == sources_.end()) { // the managers have forgotten it, and are not asked again
            const auto name = name_in_file(service);
            found = sources_.try_emplace(task, LogSource{service.name, name, name}).first;
        }
        return found->second;
    }

  private:
    void refresh(engine::Engine& engine) {
        observed_ = observe_services(engine, project_.name);
        const auto names = node_names(observed_.nodes);
        for (const auto& service : services())
            for (const auto& task : observed_.tasks)
                if (task.service == service.id) {
                    const auto name = task_name(service, task, names);
                    const auto in_file = name_in_file(service);
                    sources_[task.id] = {name, in_file + name.substr(service.name.size()), in_file};
                }
    }

    const Project& project_;
    std::vector<std::string> selected_;
    std::mutex mutex_; // guards what follows while services are read
    Observed observed_;
    std::map<std::string, LogSource> sources_; // by task
};

/// Reads services at the same time and hands their lines on one by one.
class Reader {
  public:
    Reader(
        Tasks& tasks,
        engine::Engine& engine,
        const LogsOptions& options,
        const LogHandlers& handlers,
        std::mutex& output
    )
        : tasks_(tasks), engine_(engine), options_(options), handlers_(handlers), output_(output) {}

    void run(const std::stop_token& stop) {
        const auto services = tasks_.services();
        tasks::Group group(std::max<std::size_t>(services.size(), 1), stop);
        for (const auto& service : services)
            if (!options_.muted.contains(name_in_file(service)))
                group.spawn([&](const std::stop_token& token) { read(service, token); });
        group.wait();
    }

  private:
    void read(const engine::Service& service, const std::stop_token& stop) {
        auto engine = engine_.with(stop);
        LineSplitter out([&](std::string_view line) { say(service, 1, line, engine); });
        LineSplitter err([&](std::string_view line) { say(service, 2, line, engine); });
        const engine::LogOptions how{
            .follow = options_.follow,
            .timestamps = options_.timestamps,
            .tail = options_.tail,
            .since = options_.since,
            .on_pause = [this] { pause(); }};
        engine::Services(engine)
            .logs(service.id, service.tty, how, [&](int stream, std::string_view bytes) {
                (stream == 2 ? err : out).add(bytes);
                return true;
            });
        out.finish();
        err.finish();
        pause();
    }

    void
    say(const engine::Service& service, int stream, std::string_view line, engine::Engine& engine) {
        const auto parts = engine::read_service_line(line, options_.timestamps);
        const auto source = tasks_.of(service, parts.task, engine);
        if (options_.index != 0 &&
            !source.container.ends_with("_" + std::to_string(options_.index)))
            return;
        const std::lock_guard lock(output_);
        if (handlers_.line)
            handlers_.line(
                source, stream, parts.time.empty() ? parts.text : parts.time + " " + parts.text
            );
    }

    void pause() {
        const std::lock_guard lock(output_);
        if (handlers_.pause)
            handlers_.pause();
    }

    Tasks& tasks_;
    engine::Engine& engine_;
    const LogsOptions& options_;
    const LogHandlers& handlers_;
    std::mutex& output_; // held while a handler runs
};

/// The plain containers that are read, beside the tasks.
class PlainReader {
  public:
    PlainReader(const Project& project, const Hosts& hosts, const LogsOptions& options)
        : project_(project), hosts_(hosts), options_(options) {
        auto nodes = hosts.front().list_nodes(); // others need not be reached for it
        const auto services = project.select(options.services, false);
        std::erase_if(nodes, [&](const engine::Node& node) {
            return std::none_of(services.begin(), services.end(), [&](const Service* service) {
                return node.labels.contains(mark_of(project.name, service->name));
            });
        });
        auto all = plain_containers(nodes, hosts.nodes(), project.name, {});
        containers_ = containers_of(project, std::move(all), options.services, Oneoffs::without);
        std::erase_if(containers_, [&](const ObservedContainer& container) {
            return options.index != 0 && container.number != options.index;
        });
        options_.services.clear(); // on a node there are tasks of others, too
        for (const auto& container : containers_)
            options_.services.push_back(container.service);
    }

    [[nodiscard]] bool empty() const { return containers_.empty(); }

    void add_sources(std::vector<LogSource>& sources) const {
        for (const auto& container : containers_)
            if (!options_.muted.contains(container.service))
                sources.push_back(log_source_of(project_, container));
    }

    void run(const LogHandlers& handlers, std::mutex& output, const std::stop_token& stop) {
        if (!containers_.empty())
            read_containers(
                project_, hosts_, containers_, options_, one_at_a_time(handlers, output), stop
            );
    }

  private:
    const Project& project_;
    const Hosts& hosts_;
    LogsOptions options_;
    std::vector<ObservedContainer> containers_;
};

/// Looks at the tasks until enough of them have ended.
class Watcher {
  public:
    Watcher(
        const Project& project,
        const Hosts& hosts,
        const AttachOptions& options,
        const LogHandlers& handlers,
        std::mutex& output
    )
        : project_(project), hosts_(hosts), options_(options), handlers_(handlers),
          output_(output) {
        for (const auto* service : project.select(options.services, false))
            selected_.push_back(service->name);
    }

    /// True if that was all.
    bool look(AttachResult& result) {
        const auto observed = observe_all(hosts_.front(), project_.name, hosts_.nodes(), {});
        const auto names = node_names(observed.nodes);
        bool alive = false;
        bool enough = false;
        for (const auto& container : observed.containers)
            if (std::find(selected_.begin(), selected_.end(), container.service) !=
                selected_.end()) {
                alive = alive || container.running();
                enough |= look_at(container, result);
            }
        for (const auto& service : observed.services) {
            const auto in_file = name_in_file(service);
            if (std::find(selected_.begin(), selected_.end(), in_file) == selected_.end())
                continue;
            alive = alive || (service.replicas > 0 && service.restart == "any");
            for (const auto& task : observed.tasks) {
                if (task.service != service.id)
                    continue;
                if (!has_ended(task)) {
                    alive = true;
                    continue;
                }
                const bool news = ended_.insert(task.id).second && !first_;
                if (!news || (task.state != "complete" && task.state != "failed"))
                    continue;
                const auto name = task_name(service, task, names);
                enough |= tell(
                    {name, in_file + name.substr(service.name.size()), in_file},
                    task.exit_code,
                    result
                );
            }
        }
        first_ = false;
        return enough || !alive;
    }

  private:
    /// Whether the end of a plain container is enough. They ran a moment ago: `up` has seen to it.
    bool look_at(const ObservedContainer& container, AttachResult& result) {
        if (container.running()) {
            ended_.erase(container.id);
            return false;
        }
        if (!ended_.insert(container.id).second)
            return false;
        const auto details = hosts_.of(container).inspect_container(container.id);
        return details && tell(log_source_of(project_, container), details->exit_code, result);
    }

    bool tell(const LogSource& source, int code, AttachResult& result) {
        result.exits.push_back({source, code});
        const std::lock_guard lock(output_);
        if (handlers_.exited && !options_.muted.contains(source.service))
            handlers_.exited(source, code);
        return options_.until == Until::first_exit ||
               (options_.until == Until::first_failure && code != 0);
    }

    const Project& project_;
    const Hosts& hosts_;
    const AttachOptions& options_;
    const LogHandlers& handlers_;
    std::mutex& output_;
    std::vector<std::string> selected_;
    std::set<std::string> ended_; // tasks and containers
    bool first_ = true;           // what has ended before counts for nothing
};

void attach(const Tasks& tasks, const PlainReader& plain, const LogHandlers& handlers) {
    if (!handlers.attached)
        return;
    auto sources = tasks.slots();
    plain.add_sources(sources);
    handlers.attached(sources);
}

/// Without the ends of containers, which the watcher tells.
LogHandlers words_only(LogHandlers handlers) {
    handlers.exited = nullptr;
    return handlers;
}

void read_both(
    Reader tasks,
    PlainReader& plain,
    const LogHandlers& handlers,
    std::mutex& output,
    const std::stop_token& stop
) {
    tasks::Group group(2, stop);
    if (!plain.empty())
        group.spawn([&](const std::stop_token& token) { plain.run(handlers, output, token); });
    group.spawn([&](const std::stop_token& token) { tasks.run(token); });
    group.wait();
}

/// Waits for a task that was told to stop, whatever it says then.
void join(tasks::Group& group) {
    try {
        group.wait();
    } catch (const Error& error) {
        if (error.kind() != orch::Kind::cancelled)
            throw;
    }
}

} // namespace

void logs(
    const Project& project,
    const Hosts& hosts,
    const LogsOptions& options,
    const LogHandlers& handlers,
    Job& job
) {
    if (!options.until.empty())
        throw Error(orch::Kind::unsupported, "--until is not supported on a swarm")
            .hint("--since and --tail are");
    auto& engine = hosts.front();
    Tasks tasks(project, engine, options.services);
    PlainReader plain(project, hosts, options);
    attach(tasks, plain, handlers);
    std::mutex output;
    read_both(Reader(tasks, engine, options, handlers, output), plain, handlers, output, job.stop);
    tasks::check(job.stop);
}

AttachResult run_attached(
    const Project& project,
    const Hosts& hosts,
    const AttachOptions& options,
    const LogHandlers& handlers,
    tasks::Clock& clock,
    Job& job
) {
    AttachResult result;
    std::stop_source end;
    try {
        const LogsOptions how{
            .services = options.services,
            .follow = true,
            .timestamps = options.timestamps,
            .muted = options.muted};
        Tasks tasks(project, hosts.front(), options.services);
        PlainReader plain(project, hosts, how);
        attach(tasks, plain, handlers);
        std::mutex output;
        auto reading = hosts.front().with(end.get_token());
        Reader reader(tasks, reading, how, handlers, output);
        Watcher watcher(project, hosts, options, handlers, output);
        tasks::Group group(1, end.get_token());
        const Defer silence([&] { end.request_stop(); });
        group.spawn([&](const std::stop_token& stop) {
            read_both(std::move(reader), plain, words_only(handlers), output, stop);
        });
        try {
            while (!watcher.look(result))
                clock.sleep(look_interval, job.stop);
            clock.sleep(last_words, job.stop);
        } catch (const Error& error) {
            if (error.kind() != orch::Kind::cancelled)
                throw;
            result.stopped = true;
            if (options.on_stop)
                options.on_stop(); // what is said meanwhile is shown
        }
        end.request_stop();
        join(group);
        return result;
    } catch (const Error& error) {
        if (error.kind() != orch::Kind::cancelled || !job.stop.stop_requested())
            throw;
    }
    if (!result.stopped && options.on_stop)
        options.on_stop();
    result.stopped = true;
    return result;
}

} // namespace orch::compose::swarm
