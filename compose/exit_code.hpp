// With what a service ended.
#pragma once

#include "compose/model/project.hpp"
#include "lib/engine/engine.hpp"

#include <optional>
#include <string>

namespace orch::compose {

/// The exit code of a service's containers: of several the first that is not 0. Nothing if it has
/// no containers.
std::optional<int>
exit_code_of(const Project& project, engine::Engine& engine, const std::string& service);

} // namespace orch::compose
