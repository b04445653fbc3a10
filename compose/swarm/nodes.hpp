// The engines of the single nodes of a swarm, for what its managers cannot do.
#pragma once

#include "lib/engine/engine.hpp"

#include <functional>
#include <string>

namespace orch::compose::swarm {

/// The engine of one node of the swarm, asked for by node id or host name. Throws Error naming the
/// node and the way to make it reachable. Any thread.
using NodeEngine = std::function<engine::Engine&(const std::string& node)>;

} // namespace orch::compose::swarm
