// Reads the output of several containers at the same time, and goes on with those that are started
// again.
#pragma once

#include "compose/logs.hpp"
#include "lib/tasks/group.hpp"

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

namespace orch::compose {

class Follower {
  public:
    struct Start {
        std::string id;
        LogSource source;
        bool only_new = false; // nothing of what it said before it ended the last time
    };

    Follower(
        const Project& project,
        engine::Engine& engine,
        const LogsOptions& options,
        const LogHandlers& handlers,
        std::stop_token stop
    );

    /// Blocks until every container has ended (without `follow`: has been read), finish() was
    /// called or a stop is requested. Throws the first failure of the engine.
    void run(const std::vector<Start>& containers);

    /// Ends run() soon. Any thread, handlers included.
    void finish();

  private:
    enum class State {
        reading,
        waiting, // the engine is going to start it again
        ended,
    };

    /// `died` and `started` come from events, so they are of the engine's clock (nanoseconds since
    /// 1970, 0: not seen), and concern the time since reading began.
    struct Stream {
        LogSource source{};
        State state = State::reading;
        bool only_new = false;
        bool seen = false;        // it was read before: only what is new is of interest
        bool was_running = false; // when reading began
        std::int64_t died = 0;    // the first time
        int exit_code = 0;        // of that death
        std::int64_t started = 0; // the last time
        bool exit_owed = false;   // it ended, but the event that tells how is still to come

        /// Where what was not shown yet begins.
        [[nodiscard]] std::int64_t border() const;
    };

    void spawn(tasks::Group::Task task);
    void watch(const std::stop_token& stop);
    void on_event(const engine::EngineEvent& event);
    void on_start(const engine::EngineEvent& event);
    void open(const std::string& id, std::string since);
    void reopen(const std::string& id, Stream& stream);
    void read(const std::string& id, const std::string& since, const std::stop_token& stop);
    void read_output(
        const std::string& id,
        const engine::Container& container,
        const std::string& since,
        engine::Engine& engine
    );
    void settle(const std::string& id, const std::stop_token& stop);
    void look_again(const std::string& id, const std::stop_token& stop);
    void wait_for_end(const std::string& id, engine::Engine& engine);
    void say(const LogSource& source, int stream, std::string_view line);
    void pause();
    void report_exit(const LogSource& source, int code);
    [[nodiscard]] bool all_ended() const;

    const Project& project_;
    engine::Engine& engine_;
    const LogsOptions& options_;
    const LogHandlers& handlers_;

    std::mutex output_; // held while a handler runs

    std::mutex mutex_; // guards what follows
    std::condition_variable_any changed_;
    std::map<std::string, Stream> streams_; // by container id
    bool finished_ = false;

    std::stop_source source_; // ends all reading
    std::stop_callback<std::function<void()>> relay_;
    tasks::Group group_; // last: joined before the rest goes
};

} // namespace orch::compose
