// Sets how many containers of a service run.
#pragma once

#include "compose/execute.hpp"
#include "compose/model/project.hpp"
#include "compose/observed.hpp"
#include "compose/plan.hpp"
#include "lib/engine/engine.hpp"
#include "lib/world.hpp"

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace orch::compose {

struct ScaleOptions {
    std::map<std::string, int> wanted{}; // by service
    std::chrono::seconds grace{10};      // between SIGTERM and SIGKILL
    ExecuteOptions how{};
};

struct ScalePlan {
    std::vector<std::string> achieved{}; // services that have as many as they should
    Plan plan{};                         // what is stopped and removed, and what is only started
    std::map<std::string, int> grow{};   // services that need new containers
};

/// Counts what runs. More wanted: stopped containers start, those with the lowest numbers first.
/// Fewer: the highest numbers go. Other containers that do not run are left alone. Throws
/// Error(not_found) for a service that the file does not have.
ScalePlan plan_scale(const Project& project, const Observed& observed, const ScaleOptions& options);

/// Dependencies are not started, and nothing is made anew. Returns the services that have as many
/// as they should already.
std::vector<std::string>
scale(const Project& project, engine::Engine& engine, const ScaleOptions& options, Job& job);

} // namespace orch::compose
