// All machines with their live state: what `ls` and `active` show.
#pragma once

#include "machine/context.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace orch::machine {

struct Listed {
    std::string name;
    std::string driver; // "not found" if the config cannot be read
    drivers::State state = drivers::State::none;
    std::string url;
    bool active_host = false;         // DOCKER_HOST points at its engine
    bool active_swarm = false;        // DOCKER_HOST points at its swarm manager
    std::string swarm;                // "master1 (master)", "master1" or empty
    std::vector<std::string> masters; // of its swarm
    std::string version;              // "20.10.24", empty if not known
    std::string error;                // one line, empty if all is well
    std::chrono::milliseconds response{0};
    std::optional<int> certificate_days; // until the first of its certificates ends
    bool loaded = false;                 // the config could be read
    EngineOptions engine;
    SwarmOptions swarm_options;
    Membership membership;

    [[nodiscard]] bool active() const { return active_host || active_swarm; }
};

/// Asks all machines at once; one that has not answered after `timeout` is State::timeout. In
/// natural order of names. A machine that cannot be read is a row with its error. `docker_host` is
/// $DOCKER_HOST.
std::vector<Listed> list(
    const Context& context,
    std::chrono::milliseconds timeout,
    const std::string& docker_host,
    Job& job
);

/// The same machines with nothing but name and state, for completion: no engine is asked. One that
/// does not answer within `timeout` is State::timeout.
std::vector<std::pair<std::string, drivers::State>>
states(const Context& context, std::chrono::milliseconds timeout, Job& job);

} // namespace orch::machine
