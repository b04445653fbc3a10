// Fetches the images of services that are not built here.
#pragma once

#include "compose/model/project.hpp"
#include "compose/plan.hpp"
#include "compose/provide_image.hpp"
#include "lib/engine/engine.hpp"
#include "lib/world.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace orch::compose {

struct PullOptions {
    std::vector<std::string> services{}; // empty: all
    bool include_dependencies = false;
    bool only_missing = false;    // what the engine has already is left as it is
    bool ignore_failures = false; // they become warnings
    bool in_turn = false;         // one after the other, and the first failure ends it
    std::size_t parallel = 5;
    RegistryAuth auth{};
    std::function<void(std::string_view line)> output{}; // of the engine, with in_turn; optional
};

/// What would be pulled, whether or not it is there: each image once, and a line for each service.
Plan plan_pull(const Project& project, const std::vector<const Service*>& services);

/// Emits a note for every image that is there already, with `only_missing`.
void pull(const Project& project, engine::Engine& engine, const PullOptions& options, Job& job);

} // namespace orch::compose
