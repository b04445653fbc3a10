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

/// Throws Error(unsupported) "orch compose pause is not supported on a swarm" with `instead` as the
/// hint if the engine makes services.
void refuse_on_swarm(
    engine::Engine& engine, const Session& session, const char* verb, const char* instead
);

/// stop, start or restart on services, with progress.
orch::compose::Outcome act_on_services(
    const orch::compose::Project& project,
    engine::Engine& engine,
    const std::vector<std::string>& services,
    orch::compose::swarm::MakePlan plan,
    Session& session
);

/// How plans are carried out on a swarm.
orch::compose::ExecuteOptions service_options(engine::Engine& engine, Session& session);

} // namespace orch::cmd::compose
