// How the engine of a single node is reached. Whoever calls compose fills it in: a manager knows
// its nodes' addresses, not how to be let in there.
#pragma once

#include "lib/engine/engine.hpp"

#include <functional>
#include <string>

namespace orch::compose::swarm {

/// The engine of one node of the swarm, asked for by node id or host name. Throws Error naming the
/// node and the way to make it reachable. Any thread; what it returns lives as long as a copy of
/// this.
using NodeEngine = std::function<engine::Engine&(const std::string& node)>;

} // namespace orch::compose::swarm
