// Commands in containers that run.
#pragma once

#include "compose/model/project.hpp"
#include "compose/observed.hpp"
#include "lib/engine/engine.hpp"

#include <string>

namespace orch::compose {

/// The regular, running container of that number. Throws Error(not_found) "No such service: X" or
/// "No container found for X_N".
ObservedContainer running_container(
    const Project& project, engine::Engine& engine, const std::string& service, int number
);

} // namespace orch::compose
