// Removes containers that do not run.
#pragma once

#include "compose/model/project.hpp"
#include "compose/selection.hpp"
#include "lib/engine/engine.hpp"
#include "lib/world.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace orch::compose {

struct RmOptions {
    std::vector<std::string> services{}; // empty: all
    bool volumes = false;                // anonymous ones too
    bool stop = false;                   // running ones are stopped first
    std::chrono::seconds grace{10};
    std::size_t parallel = 8;
    /// Asked with the names before anything is removed; false: nothing is. None: not asked.
    std::function<bool(const std::vector<std::string>& names)> confirm{};
};

/// One-offs included. `found` are the containers that could be removed, `changed` those that were.
Outcome rm(const Project& project, engine::Engine& engine, const RmOptions& options, Job& job);

} // namespace orch::compose
