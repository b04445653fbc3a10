// The output of a project's containers, line by line.
#pragma once

#include "compose/hosts.hpp"
#include "compose/model/project.hpp"
#include "lib/engine/engine.hpp"
#include "lib/world.hpp"

#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace orch::compose {

struct LogSource {
    std::string container; // "p_web_1"
    std::string display;   // "web_1", or the container's name if the file gives it one
    std::string service;
    bool operator==(const LogSource&) const = default;
};

/// Called one at a time, from several threads. While one runs, nothing more is read.
struct LogHandlers {
    /// Once, before everything else: the containers that are shown, by name.
    std::function<void(const std::vector<LogSource>&)> attached{};

    /// One whole line without its end; stream 1 is standard output, 2 standard error.
    std::function<void(const LogSource&, int stream, std::string_view line)> line{};

    /// No more lines have come for the moment: what was kept of them may be shown now.
    std::function<void()> pause{};

    /// After the last line of a container that ended while it was followed.
    std::function<void(const LogSource&, int code)> exited{};
};

/// The same handlers for several readers; the mutex is held while one runs. Both live longer.
LogHandlers one_at_a_time(const LogHandlers& handlers, std::mutex& mutex);

struct LogsOptions {
    std::vector<std::string> services{}; // empty: all
    bool follow = false;                 // until all have ended; restarted ones are picked up
    bool timestamps = false;
    std::string tail = "all";      // or a number
    std::string since{};           // seconds since 1970
    std::string until{};           // the same
    int index = 0;                 // only the container of this number; 0: all of a service
    std::set<std::string> muted{}; // services of which only the end is told
};

/// On a swarm every node is read by itself. Throws Error(cancelled) when a stop is requested.
void logs(
    const Project& project,
    const Hosts& hosts,
    const LogsOptions& options,
    const LogHandlers& handlers,
    Job& job
);

/// The same for these containers of nodes of a swarm; `attached` is not called.
void read_containers(
    const Project& project,
    const Hosts& hosts,
    const std::vector<ObservedContainer>& containers,
    const LogsOptions& options,
    const LogHandlers& handlers,
    const std::stop_token& stop
);

enum class Until { all_have_ended, first_exit, first_failure };

struct AttachOptions {
    std::vector<std::string> services{}; // empty: all
    std::set<std::string> muted{};       // services whose output is not shown
    std::set<std::string> running{};     // containers that ran before: all they have said is shown;
                                         // of the others what they say since their last end
    Until until = Until::all_have_ended;
    bool timestamps = false;

    /// Called on this thread when a stop is requested, to stop the containers; what they say
    /// meanwhile is shown.
    std::function<void()> on_stop{};
};

struct AttachResult {
    struct Exit {
        LogSource source;
        int code = 0;
    };

    bool stopped = false;      // by a stop request; containers may still run
    std::vector<Exit> exits{}; // in the order in which they happened
};

/// What `up` without -d does after up(): shows what the containers say, until as many have ended as
/// `until` says, or a stop is requested. Never throws Error(cancelled). Stops no container: that is
/// the caller's, under a fresh token.
AttachResult run_attached(
    const Project& project,
    engine::Engine& engine,
    const AttachOptions& options,
    const LogHandlers& handlers,
    Job& job
);

} // namespace orch::compose
