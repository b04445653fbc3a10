// How a machine gets out of its swarm without anybody noticing a gap.
#pragma once

#include "machine/context.hpp"

namespace orch::machine::swarm {

/// Takes the machine's node out of its engine swarm and saves that: its tasks move to other nodes,
/// a manager is demoted, the engine leaves, the node is removed. An engine that is out of reach is
/// only removed from the list of nodes. Of a standalone swarm the containers are removed. Nothing
/// to do for a machine that is no node. Throws Error(conflict) where the swarm would lose its
/// managers or most of them, Error(network) where no manager answers; with `force` it goes on then
/// as far as it comes.
void leave(Machine& machine, bool force, const Context& context, Job& job);

/// The names in the order in which they can go: those that manage a swarm after its workers.
std::vector<std::string>
in_order_of_leaving(std::vector<std::string> names, const Context& context);

} // namespace orch::machine::swarm
