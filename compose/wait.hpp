// Waits for containers to end.
#pragma once

#include "compose/hosts.hpp"
#include "compose/model/project.hpp"
#include "lib/engine/engine.hpp"
#include "lib/world.hpp"

#include <functional>
#include <string>
#include <vector>

namespace orch::compose {

struct WaitOptions {
    std::vector<std::string> services{}; // empty: all
    bool first = false;                  // until the first has ended, not all
};

/// Waits for the running containers of the services. `on_exit` is told each one's name and exit
/// code, in the order in which they end, one at a time. Returns the code of the last one that
/// ended. Throws Error(not_found) if none runs.
int wait(
    const Project& project,
    const Hosts& hosts,
    const WaitOptions& options,
    const std::function<void(const std::string& container, int code)>& on_exit,
    Job& job
);

} // namespace orch::compose
