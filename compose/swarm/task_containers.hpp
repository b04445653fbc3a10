// The containers of a swarm's tasks, and one-off containers beside them, as those of a single
// engine look like.
#pragma once

#include "compose/model/project.hpp"
#include "compose/observed.hpp"
#include "compose/swarm/nodes.hpp"
#include "lib/engine/engine.hpp"

#include <optional>
#include <string>
#include <vector>

namespace orch::compose::swarm {

/// A task's container as the container of that number is called on one engine: "shop_web_2".
struct TaskName {
    std::string name;
    int slot = 0; // 0: one on every node; its name ends with the node's id
};

/// From the labels that the engine gives to containers of tasks; nothing for others.
std::optional<TaskName> name_of_task(const engine::Labels& labels);

/// Of all nodes that answer, ordered as observe_containers() does. A task's container has the
/// number of its slot and the name that goes with it, "shop_web_2"; of those that a slot had one
/// after the other only the last counts. Throws Error naming a node that cannot be reached while
/// tasks of the project run there.
std::vector<ObservedContainer>
task_containers(engine::Engine& manager, const NodeEngine& nodes, const std::string& project);

/// Containers of `run`, on all nodes that answer.
std::vector<ObservedContainer>
oneoff_containers(engine::Engine& manager, const NodeEngine& nodes, const std::string& project);

/// The running container of the service's task in that slot; only the managers are asked. Throws
/// Error(not_found) "No container found for web_2" with the slots that there are, and for a service
/// that the file does not have.
ObservedContainer find_task_container(
    const Project& project, engine::Engine& manager, const std::string& service, int index
);

} // namespace orch::compose::swarm
