// Whether the nodes have room for what the tasks reserve. Pure.
#pragma once

#include "compose/model/project.hpp"
#include "compose/placement/placement.hpp"
#include "compose/swarm/observed.hpp"

#include <map>
#include <string>
#include <vector>

namespace orch::compose::swarm {

/// Throws Error(invalid) "no resources available to schedule container" that says which service
/// does not fit, and what each node it may run on has free. Tasks that run already and those of
/// other services are reckoned with.
void check_capacity(
    const Project& project,
    const std::vector<placement::Place>& places,
    const std::map<std::string, int>& replicas,
    const Observed& observed
);

} // namespace orch::compose::swarm
