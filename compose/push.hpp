// Sends the images that are built here to a registry.
#pragma once

#include "compose/model/project.hpp"
#include "compose/plan.hpp"
#include "compose/provide_image.hpp"
#include "lib/engine/engine.hpp"
#include "lib/world.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace orch::compose {

struct PushOptions {
    std::vector<std::string> services{}; // empty: all
    std::string registry{};              // "host:5000/path": what stands before their names there
    bool ignore_failures = false;        // they become warnings
    std::size_t parallel = 5;
    RegistryAuth auth{};
};

/// What would be pushed: a version 1 file names no registry for what it builds, so the images get
/// further names that begin with `registry`.
Plan plan_push(
    const Project& project, const std::vector<const Service*>& services, const std::string& registry
);

/// Emits a note for every service that has no `build`. Throws Error(usage) if there is something to
/// push and no registry.
void push(const Project& project, engine::Engine& engine, const PushOptions& options, Job& job);

} // namespace orch::compose
