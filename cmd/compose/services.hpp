// What the verbs need where a project's services are services of a swarm.
#pragma once

#include "cmd/session.hpp"
#include "compose/swarm/nodes.hpp"
#include "compose/swarm/power.hpp"
#include "lib/engine/engine.hpp"

#include <string>
#include <vector>

namespace orch::cmd::compose {

/// Whether the engine is a manager of a swarm, so that the verb is about services. --target and
/// ORCH_COMPOSE_TARGET decide otherwise. Throws Error(conflict) for a worker, naming the managers
/// and, where the store knows them, their machines.
bool makes_services(engine::Engine& engine, const Session& session);

/// --compatibility=warn
bool leaves_out(const Session& session);

/// --mixed, or ORCH_COMPOSE_MIXED=1
bool mixes(bool given, const Session& session);

/// stop, start or restart on services, with progress.
orch::compose::Outcome act_on_services(
    const orch::compose::Project& project,
    engine::Engine& engine,
    const orch::compose::swarm::Doing& doing,
    orch::compose::swarm::MakePlan plan,
    Session& session
);

/// How plans are carried out on a swarm.
orch::compose::ExecuteOptions service_options(engine::Engine& engine, Session& session);

} // namespace orch::cmd::compose
