// Starts containers that exist but do not run, dependencies first. Never creates one.
#pragma once

#include "compose/model/project.hpp"
#include "compose/selection.hpp"
#include "lib/engine/engine.hpp"
#include "lib/world.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace orch::compose {

struct StartOptions {
    std::vector<std::string> services{}; // empty: all
    std::size_t parallel = 8;
};

/// Acts on the regular containers of the services: stopped ones.
Outcome
start(const Project& project, engine::Engine& engine, const StartOptions& options, Job& job);

} // namespace orch::compose
