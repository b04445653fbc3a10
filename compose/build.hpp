// Builds the images of services that have a `build`.
#pragma once

#include "compose/model/project.hpp"
#include "compose/plan.hpp"
#include "compose/provide_image.hpp"
#include "lib/engine/engine.hpp"
#include "lib/world.hpp"

#include <string>
#include <vector>

namespace orch::compose {

struct BuildOptions {
    std::vector<std::string> services{}; // empty: all
    BuildSettings settings{};
    bool parallel = false; // else one after the other, and the first failure ends it
};

/// What would be built, whether or not an image is there.
Plan plan_build(const Project& project, const std::vector<const Service*>& services, bool parallel);

/// Emits a note for every service that has no `build`, and one "Building web" where the builds run
/// one after the other.
void build(const Project& project, engine::Engine& engine, const BuildOptions& options, Job& job);

} // namespace orch::compose
