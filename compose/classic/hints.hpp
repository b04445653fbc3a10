// The placement hints of services as texts for the manager of a standalone swarm, which reads them
// from the environment: orch only adds to them, and never judges them.
#pragma once

#include "compose/model/service.hpp"

#include <set>
#include <string>
#include <vector>

namespace orch::compose::classic {

/// "constraint:storage==ssd", "affinity:container!=db_*": of the labels, then of the environment.
std::vector<std::string> hints_of(const Service& service);

/// Those that rule out nodes for whatever stands beside the service: all but rescheduling, and but
/// affinities that `members`, the containers that are to be with it, would fulfil themselves.
std::vector<std::string>
hints_for_neighbours(const Service& service, const std::set<std::string>& members);

/// "constraint:node==b"; a soft one is a wish.
std::string on_node(const std::string& node, bool soft);

/// Whether the manager is to make it anew elsewhere when its node fails. A hard wish for a node
/// would forbid that.
bool is_rescheduled(const Service& service);

/// Whether its old container keeps a new one from being made on the same node: by a port of the
/// host, an affinity, or what it has reserved. Stopped containers count in all of these.
bool is_in_its_own_way(const Service& service);

} // namespace orch::compose::classic
