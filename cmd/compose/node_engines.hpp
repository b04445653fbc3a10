// The engines of a swarm's nodes for the compose verbs: what the store of machines knows of them.
#pragma once

#include "cmd/session.hpp"
#include "compose/hosts.hpp"
#include "compose/swarm/nodes.hpp"

namespace orch::cmd::compose {

/// `manager` is the engine in use, which answers for itself. Nothing is sent or read before the
/// first node is asked for.
orch::compose::swarm::NodeEngine node_engines(Session& session, const engine::Engine& manager);

/// The same for the nodes of a standalone swarm.
orch::compose::swarm::NodeEngine
classic_engines(const Session& session, const engine::Engine& manager);

/// Where containers of the project run, for verbs about them: the nodes of the swarm that `engine`
/// manages, or itself. It lives as long as `engine`.
orch::compose::Hosts hosts_of(Session& session, engine::Engine& engine);

} // namespace orch::cmd::compose
