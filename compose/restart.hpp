// Stops and starts containers again, dependencies first.
#pragma once

#include "compose/model/project.hpp"
#include "compose/selection.hpp"
#include "lib/engine/engine.hpp"
#include "lib/world.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace orch::compose {

struct RestartOptions {
    std::vector<std::string> services{}; // empty: all
    std::chrono::seconds grace{10};      // between SIGTERM and SIGKILL
    std::size_t parallel = 8;
};

/// Acts on the regular containers of the services: all, stopped ones too.
Outcome
restart(const Project& project, engine::Engine& engine, const RestartOptions& options, Job& job);

} // namespace orch::compose
