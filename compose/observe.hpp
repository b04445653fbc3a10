// Asks an engine what it has of a project. Nothing is changed by it.
#pragma once

#include "compose/model/project.hpp"
#include "compose/observed.hpp"
#include "lib/engine/engine.hpp"

#include <stop_token>
#include <string>
#include <vector>

namespace orch::compose {

/// The containers of a project, one-offs too: one call.
std::vector<ObservedContainer>
observe_containers(engine::Engine& engine, const std::string& project);

/// Everything `up` has to know; asks in parallel. Images that the engine does not have are absent.
Observed observe(engine::Engine& engine, const Project& project, const std::stop_token& stop);

} // namespace orch::compose
