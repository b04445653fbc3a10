// Labels of nodes that orch has set and nothing asks for any more. Pure.
#pragma once

#include "compose/placement/placement.hpp"
#include "compose/plan.hpp"
#include "compose/swarm/observed.hpp"

#include <set>
#include <string>
#include <vector>

namespace orch::compose::swarm {

/// Keys of node labels that constraints are about: "orch.g.shop.db".
std::vector<std::string> label_keys(const std::vector<std::string>& constraints);

/// Adds a task per label that is not in `used`, or is on a node that it is not to be on by
/// `wanted`; after the steps that take the constraints out of the services, or tasks would be
/// thrown off their nodes. Marks of nodes that do not answer stay, with a warning.
void drop_labels(
    const Observed& observed,
    const std::string& project,
    const std::set<std::string>& used,
    const std::vector<placement::NodeLabel>& wanted,
    const std::vector<std::size_t>& after,
    Plan& plan
);

} // namespace orch::compose::swarm
