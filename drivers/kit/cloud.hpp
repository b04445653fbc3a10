// What drivers of clouds have in common besides their HTTP: names, marks, user data, waiting.
#pragma once

#include "drivers/driver.hpp"
#include "lib/tasks/retry.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace orch::drivers::kit {

/// Where engines listen, and the manager of a standalone swarm.
inline constexpr int engine_port = 2376;
inline constexpr int swarm_port = 3376;

/// The way to a server whose addresses are in IPAddress and PrivateIPAddress.
Reach reach_of(const Access& access, const Record& record, int engine = engine_port);

/// A random word that marks all that one create makes, so that it is found even if the answer that
/// named it was lost.
std::string new_mark();

/// MD5 of a line of authorized_keys as clouds write it: "9f:2a:...".
std::string md5_fingerprint(std::string_view public_line);

/// The file's content; empty for no file. Throws Error(invalid) naming `option` beyond `most`
/// bytes, Error(not_found) if it is missing.
std::string user_data_in(std::string_view option, const std::string& file, std::size_t most);

/// "k=v" items as pairs; throws Error(usage) naming `option` for one without '='.
std::vector<std::pair<std::string, std::string>>
pairs_of(std::string_view option, const std::vector<std::string>& items);

/// A port to open, of `--DRIVER-open-port`: "80", "53/udp".
struct OpenPort {
    int port = 0;
    std::string protocol = "tcp";
    bool operator==(const OpenPort&) const = default;
};

/// Throws Error(usage) naming `option`.
OpenPort parse_open_port(std::string_view option, std::string_view text);

/// A port that a firewall has to let through.
struct Opening {
    int port = 0;
    std::string protocol = "tcp";
    bool cluster = false; // only other machines of the swarm need it
    bool operator==(const Opening&) const = default;
};

/// SSH, the engine, the manager of a standalone swarm on a master, what the nodes of a swarm tell
/// each other, and what the user asked for with `option`; each once. `engine` is where the engine
/// listens. Throws Error(usage).
std::vector<Opening> openings(
    const Request& request,
    int ssh_port,
    std::string_view option,
    const std::vector<std::string>& asked,
    int engine = engine_port
);

/// Asks `attempt` every `interval` until it returns a value. Throws Error(timeout) with `what` when
/// `limit` is over.
template <class Attempt>
auto wait_for(
    const Access& access,
    const Job& job,
    std::chrono::seconds interval,
    std::chrono::seconds limit,
    std::string_view what,
    Attempt&& attempt
) {
    const tasks::RetryPolicy policy{
        .first_pause = interval, .longest_pause = interval, .give_up_after = limit};
    return tasks::retry(policy, access.world.clock, job.stop, attempt, [&] {
        return Error(
            Kind::timeout, "{}: {} takes longer than {} s", access.machine, what, limit.count()
        );
    });
}

} // namespace orch::drivers::kit
