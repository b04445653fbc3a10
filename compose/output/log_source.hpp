// How a container is called in front of its output.
#pragma once

#include "compose/logs.hpp"
#include "compose/observed.hpp"

#include <optional>
#include <string>
#include <vector>

namespace orch::compose {

LogSource log_source_of(const Project& project, const ObservedContainer& container);

/// From the labels that an event carries; nothing if it is not a regular container of the named
/// services (all if none is named).
std::optional<LogSource> log_source_of(
    const Project& project,
    const engine::Labels& attributes,
    const std::vector<std::string>& services
);

} // namespace orch::compose
