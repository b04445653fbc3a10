// Freezes the processes of containers, and lets them go on.
#pragma once

#include "compose/hosts.hpp"
#include "compose/model/project.hpp"
#include "compose/selection.hpp"
#include "lib/world.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace orch::compose {

struct PauseOptions {
    std::vector<std::string> services{}; // empty: all
    std::size_t parallel = 8;
};

/// Acts on running containers, dependants first. `found` are those that run, paused or not.
Outcome pause(const Project& project, const Hosts& hosts, const PauseOptions& options, Job& job);

/// Acts on paused containers, dependencies first. `found` as with pause().
Outcome unpause(const Project& project, const Hosts& hosts, const PauseOptions& options, Job& job);

} // namespace orch::compose
