// Fetches the images of services that are not built here.
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

struct PullOptions {
    std::vector<std::string> services{}; // empty: all
    bool include_dependencies = false;
    bool ignore_failures = false; // they become warnings
    std::size_t parallel = 5;
    RegistryAuth auth{};
};

/// What would be pulled, each image once, whether or not it is there.
Plan plan_pull(const Project& project, const std::vector<const Service*>& services);

void pull(const Project& project, engine::Engine& engine, const PullOptions& options, Job& job);

} // namespace orch::compose
