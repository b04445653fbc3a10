// Takes a project away from a swarm: services, networks, labels of nodes, and on request volumes.
#pragma once

#include "compose/down.hpp"
#include "compose/swarm/nodes.hpp"

namespace orch::compose::swarm {

/// `node_engine` is needed for volumes and for the containers of `run`. Nothing there is fine.
DownResult down(
    const Project& project,
    engine::Engine& engine,
    const DownOptions& options,
    const NodeEngine& node_engine,
    Job& job
);

} // namespace orch::compose::swarm
