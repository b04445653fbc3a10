// Stops containers, dependants before what they depend on.
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

struct StopOptions {
    std::vector<std::string> services{}; // empty: all
    std::chrono::seconds grace{10};      // between SIGTERM and SIGKILL
    std::size_t parallel = 8;
};

/// Acts on the regular containers of the services: running ones.
Outcome stop(const Project& project, engine::Engine& engine, const StopOptions& options, Job& job);

} // namespace orch::compose
