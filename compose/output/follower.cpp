#include "compose/output/follower.hpp"

#include "compose/output/line_splitter.hpp"
#include "compose/output/log_source.hpp"
#include "lib/base/error.hpp"
#include "lib/log/log.hpp"

#include <fmt/format.h>

#include <charconv>

namespace orch::compose {

namespace {

constexpr std::int64_t second = 1'000'000'000; // in nanoseconds

/// A reader sits in a call for as long as its container runs, so each one needs its own thread.
constexpr std::size_t most_readers = 4096;
constexpr std::size_t parallel_reads = 8; // where every call ends by itself

std::string engine_time(std::int64_t nanoseconds) {
    return fmt::format("{}.{:09}", nanoseconds / second, nanoseconds % second);
}

int exit_code_of(const engine::EngineEvent& event) {
    int code = 0;
    if (const auto found = event.attributes.find("exitCode"); found != event.attributes.end())
        std::from_chars(found->second.data(), found->second.data() + found->second.size(), code);
    return code;
}

} // namespace

/// A death parts what was shown from what is new. If nobody saw it die, that was long ago, and its
/// first words may be a little older than the event of its start.
std::int64_t Follower::Stream::border() const { return died != 0 ? died : started - second; }

Follower::Follower(
    const Project& project,
    engine::Engine& engine,
    const LogsOptions& options,
    const LogHandlers& handlers,
    std::stop_token stop
)
    : project_(project), engine_(engine), options_(options), handlers_(handlers),
      relay_(std::move(stop), [source = source_]() mutable { source.request_stop(); }),
      group_(options.follow ? most_readers : parallel_reads, source_.get_token()) {}

void Follower::run(const std::vector<Start>& containers) {
    for (const auto& [id, source, only_new] : containers)
        streams_[id] = {.source = source, .only_new = only_new};
    if (options_.follow)
        spawn([this](const std::stop_token& stop) { watch(stop); });
    for (const auto& start : containers)
        open(start.id, options_.since);
    {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, source_.get_token(), [this] { return finished_ || all_ended(); });
    }
    source_.request_stop();
    group_.wait();
}

void Follower::finish() {
    const std::lock_guard lock(mutex_);
    finished_ = true;
    changed_.notify_all();
}

/// Events only give the hint to look again, so one too many does no harm.
void Follower::watch(const std::stop_token& stop) {
    const engine::Filters filters{
        {"type", {"container"}},
        {"event", {"start", "die", "stop", "destroy"}},
        {"label", {std::string(labels::project) + "=" + project_.name}}};
    try {
        engine_.with(stop).events(filters, "", [this](const engine::EngineEvent& event) {
            on_event(event);
            return true;
        });
    } catch (const Error& error) {
        if (error.kind() != Kind::cancelled)
            log::debug("compose", "restarts are not seen: {}", describe(error));
    }
}

void Follower::on_event(const engine::EngineEvent& event) {
    if (event.action == "start") {
        on_start(event);
        return;
    }
    std::unique_lock lock(mutex_);
    const auto found = streams_.find(event.id);
    if (found == streams_.end())
        return;
    auto& stream = found->second;
    if (event.action == "die") {
        if (stream.state == State::reading && stream.died != 0)
            return;
        stream.died = event.time_nano;
        stream.exit_code = exit_code_of(event);
        const bool owed = std::exchange(stream.exit_owed, false);
        lock.unlock(); // a handler may call finish()
        if (owed)
            report_exit(stream.source, stream.exit_code);
    } else if (stream.state == State::waiting) { // somebody ended its restarts
        spawn([this, id = event.id](const std::stop_token& stop) { look_again(id, stop); });
    }
}

void Follower::on_start(const engine::EngineEvent& event) {
    const std::lock_guard lock(mutex_);
    if (!streams_.contains(event.id)) {
        const auto source = log_source_of(project_, event.attributes, options_.services);
        if (!source)
            return;
        streams_[event.id] = {.source = *source, .state = State::ended};
    }
    auto& stream = streams_[event.id];
    stream.started = event.time_nano;
    if (stream.state != State::reading)
        reopen(event.id, stream);
}

/// A failure ends run() instead of leaving it to wait for the others.
void Follower::spawn(tasks::Group::Task task) {
    group_.spawn([this, task = std::move(task)](const std::stop_token& stop) {
        try {
            task(stop);
        } catch (const Error& error) {
            finish();
            if (error.kind() != Kind::cancelled || !stop.stop_requested())
                throw;
        } catch (...) {
            finish();
            throw;
        }
    });
}

void Follower::open(const std::string& id, std::string since) {
    spawn([this, id, since = std::move(since)](const std::stop_token& stop) {
        read(id, since, stop);
    });
}

/// With mutex_ held.
void Follower::reopen(const std::string& id, Stream& stream) {
    stream.state = State::reading;
    open(id, stream.seen ? engine_time(stream.border()) : std::string());
    stream.died = 0;
    stream.started = 0;
}

void Follower::read(const std::string& id, const std::string& since, const std::stop_token& stop) {
    auto engine = engine_.with(stop);
    if (const auto container = engine.inspect_container(id))
        read_output(id, *container, since, engine);
    settle(id, stop);
}

void Follower::read_output(
    const std::string& id,
    const engine::Container& container,
    const std::string& since,
    engine::Engine& engine
) {
    LogSource source;
    engine::LogOptions options{
        .follow = options_.follow,
        .timestamps = options_.timestamps,
        .since = since,
        .until = options_.until,
        .on_pause = [this] { pause(); }};
    {
        const std::lock_guard lock(mutex_);
        auto& stream = streams_[id];
        source = stream.source;
        stream.was_running = container.running();
        // Of one that has ended already that is the end of what is wanted.
        if (stream.only_new && !stream.seen && container.status == "running" &&
            container.finished_nano != 0)
            options.since = engine_time(container.finished_nano);
        options.tail = std::exchange(stream.seen, true) ? "all" : options_.tail;
    }
    if (options_.muted.contains(source.service)) {
        if (container.running())
            wait_for_end(id, engine);
        return;
    }
    bool readable = false;
    LineSplitter out([&](std::string_view line) { say(source, 1, line); });
    LineSplitter err([&](std::string_view line) { say(source, 2, line); });
    try {
        engine.logs(id, container.tty, options, [&](int stream, std::string_view bytes) {
            readable = true;
            (stream == 2 ? err : out).add(bytes);
            return true;
        });
    } catch (const Error& error) { // drivers like "none" and "syslog" keep nothing to read
        const bool refused = error.kind() == Kind::remote || error.kind() == Kind::invalid ||
                             error.kind() == Kind::unsupported; // 501, in engines of today
        if (readable || !refused)
            throw;
        say(source, 2, fmt::format("WARNING: no logs are available: {}", error.message()));
        if (options_.follow && container.running())
            wait_for_end(id, engine);
    }
    out.finish();
    err.finish();
    pause();
}

/// Of one whose output is not read. It may be removed meanwhile.
void Follower::wait_for_end(const std::string& id, engine::Engine& engine) {
    try {
        engine.wait_container(id);
    } catch (const Error& error) {
        if (error.kind() != Kind::not_found)
            throw;
    }
}

/// Finds out what the end of an output means: the container ended, or it was started again
/// meanwhile, or it is going to be.
void Follower::settle(const std::string& id, const std::stop_token& stop) {
    std::optional<engine::Container> container;
    if (options_.follow)
        container = engine_.with(stop).inspect_container(id);
    const bool alive = container && container->running();
    std::unique_lock lock(mutex_);
    auto& stream = streams_[id];
    const bool death_seen = stream.died != 0;
    const int code = death_seen || !container ? stream.exit_code : container->exit_code;
    if (!death_seen && container && !alive) // before the events were heard
        stream.died = container->finished_nano;
    lock.unlock();
    if (death_seen || (container && !alive))
        report_exit(stream.source, code); // before anything that it says when it runs again
    lock.lock();
    const bool again = stream.died != 0 ? stream.started > stream.died
                                        : alive && !stream.was_running && stream.started != 0;
    stream.exit_owed = alive && !death_seen && stream.was_running;
    if (again)
        reopen(id, stream);
    else
        stream.state = alive ? State::waiting : State::ended;
    changed_.notify_all();
}

/// Whether one that was to be started again still is.
void Follower::look_again(const std::string& id, const std::stop_token& stop) {
    const auto container = engine_.with(stop).inspect_container(id);
    const std::lock_guard lock(mutex_);
    auto& stream = streams_[id];
    if (stream.state == State::waiting && !(container && container->running()))
        stream.state = State::ended;
    changed_.notify_all();
}

void Follower::say(const LogSource& source, int stream, std::string_view line) {
    const std::lock_guard lock(output_);
    if (handlers_.line)
        handlers_.line(source, stream, line);
}

void Follower::pause() {
    const std::lock_guard lock(output_);
    if (handlers_.pause)
        handlers_.pause();
}

void Follower::report_exit(const LogSource& source, int code) {
    const std::lock_guard lock(output_);
    if (handlers_.exited)
        handlers_.exited(source, code);
}

bool Follower::all_ended() const {
    for (const auto& [id, stream] : streams_)
        if (stream.state != State::ended)
            return false;
    return true;
}

} // namespace orch::compose
