// What a project's containers use of processor, memory, networks and disks.
#pragma once

#include "compose/hosts.hpp"
#include "compose/model/project.hpp"
#include "lib/engine/engine.hpp"
#include "lib/tasks/clock.hpp"
#include "lib/world.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace orch::compose {

struct StatsOptions {
    std::vector<std::string> services{}; // empty: all
    bool all = false;                    // those that do not run, too
    bool follow = false;                 // again every second until none runs any more
};

struct StatsRow {
    std::string id; // 64 digits
    std::string name;
    std::optional<engine::Usage> usage{}; // nothing: does not run, or has not been measured yet
};

/// Hands over a table, by name, one-offs too: once, or with `follow` every second. On this thread.
/// Throws Error(cancelled) when a stop is requested.
void stats(
    const Project& project,
    const Hosts& hosts,
    const StatsOptions& options,
    const std::function<void(const std::vector<StatsRow>&)>& on_table,
    tasks::Clock& clock,
    Job& job
);

} // namespace orch::compose
