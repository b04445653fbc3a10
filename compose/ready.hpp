// Waits until containers do what they were started for.
#pragma once

#include "compose/model/project.hpp"
#include "lib/engine/engine.hpp"
#include "lib/tasks/clock.hpp"
#include "lib/world.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace orch::compose {

struct ReadyOptions {
    std::vector<std::string> services{}; // empty: all
    bool with_dependencies = false;      // those of the named services, too
    std::chrono::seconds timeout{0};     // 0: as long as it takes
};

/// Until every regular container of the services runs and, where it has a health check, is healthy.
/// One that others only take volumes from may have ended well. Emits `working` for each that is not
/// ready at once, then `done` or `failed`. Throws Error(remote) naming all that ended or became
/// unhealthy, Error(timeout) naming those that were not ready in time.
void await_ready(
    const Project& project,
    engine::Engine& engine,
    const ReadyOptions& options,
    tasks::Clock& clock,
    Job& job
);

} // namespace orch::compose
