// Asks the managers of a swarm what they have of a project. Nothing is changed by it.
#pragma once

#include "compose/model/project.hpp"
#include "compose/swarm/nodes.hpp"
#include "compose/swarm/observed.hpp"

#include <stop_token>
#include <string>

namespace orch::compose::swarm {

/// Nodes, services, tasks, networks, plain containers. Other nodes are asked only for what hints of
/// the project are about and managers do not know: containers without a service, images,
/// attributes; one that cannot be asked counts as having none. Without `node_engine` none is asked.
Observed observe(
    engine::Engine& engine,
    const Project& project,
    const NodeEngine& node_engine,
    const std::stop_token& stop
);

/// Without what placement needs: services of this project only, and its plain containers. Throws as
/// plain_containers() does.
Observed observe_all(
    engine::Engine& engine,
    const std::string& project,
    const NodeEngine& node_engine,
    const std::stop_token& stop
);

/// The same without the containers: no node is asked.
Observed observe_services(engine::Engine& engine, const std::string& project);

} // namespace orch::compose::swarm
