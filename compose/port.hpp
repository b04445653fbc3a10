// Where a container's port can be reached from outside.
#pragma once

#include "compose/model/project.hpp"
#include "lib/engine/engine.hpp"

#include <optional>
#include <string>

namespace orch::compose {

struct PortOptions {
    std::string service;
    int port = 0;
    std::string protocol = "tcp";
    int index = 1; // number of the container
};

/// "0.0.0.0:8000", the first binding; nothing if it is not published. Throws Error(not_found) "No
/// container found for S_N" if that container does not run.
std::optional<std::string>
port(const Project& project, engine::Engine& engine, const PortOptions& options);

} // namespace orch::compose
