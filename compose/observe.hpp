// Asks an engine what it has of a project. Nothing is changed by it.
#pragma once

#include "compose/hosts.hpp"
#include "compose/model/project.hpp"
#include "compose/observed.hpp"
#include "lib/engine/engine.hpp"

#include <stop_token>
#include <string>
#include <vector>

namespace orch::compose {

/// The containers of a project, one-offs too: one call. Those of tasks of a swarm are not the
/// engine's.
std::vector<ObservedContainer>
observe_containers(engine::Engine& engine, const std::string& project);

/// The same wherever they run; on a swarm as swarm::task_containers().
std::vector<ObservedContainer> observe_containers(const Hosts& hosts, const std::string& project);

/// One container of a list; what the summary has of it is moved out.
ObservedContainer observed_from(engine::ContainerSummary& summary);

/// By service, number, then age.
bool in_order(const ObservedContainer& a, const ObservedContainer& b);

/// Everything `up` has to know; asks in parallel. Images that the engine does not have are absent.
Observed observe(engine::Engine& engine, const Project& project, const std::stop_token& stop);

} // namespace orch::compose
