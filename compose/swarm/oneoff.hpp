// One-off containers on a swarm: a plain container on one of its nodes, in the project's network.
#pragma once

#include "compose/hosts.hpp"
#include "compose/model/project.hpp"
#include "compose/placement/cluster.hpp"
#include "compose/run.hpp"
#include "lib/world.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace orch::compose::swarm {

struct OneoffNeeds {
    placement::Cluster cluster; // what its hints are judged on

    /// Brings these services up; where it is missing, they have to run already.
    std::function<void(const std::vector<std::string>& services)> bring_up{};
};

/// As compose::create_oneoff(). It comes to a node that the service's hints allow: one that runs
/// the service already, for its volumes, or those whose volumes it takes over; else the first that
/// can be reached. Its image is brought there.
Oneoff create_oneoff(
    const Project& project,
    const Service& wanted,
    const Hosts& hosts,
    const RunOptions& options,
    const OneoffNeeds& needs,
    Job& job
);

struct OneoffRemoval {
    std::chrono::seconds grace{10}; // for those that run
    bool volumes = false;           // anonymous ones, too
    bool running = true;            // false: those that have ended only
    std::size_t parallel = 8;
};

/// Removes the containers of `run` from whatever nodes they are on, before their network goes.
/// Returns their names.
std::vector<std::string> remove_oneoffs(
    const std::string& project, const Hosts& hosts, const OneoffRemoval& options, Job& job
);

} // namespace orch::compose::swarm
