// Brings a project up: images, then containers, changing only what differs.
#pragma once

#include "compose/execute.hpp"
#include "compose/model/project.hpp"
#include "compose/reconcile.hpp"
#include "lib/engine/engine.hpp"
#include "lib/world.hpp"

#include <string>
#include <vector>

namespace orch::compose {

enum class PullPolicy { missing, always, never };

struct UpOptions {
    ReconcileOptions what{};
    bool build = false; // images of services with `build`, even if they are there
    PullPolicy pull = PullPolicy::missing;
    ExecuteOptions how{};
    bool dry_run = false; // nothing is changed
};

struct UpResult {
    bool changed = false;               // with dry_run: would be
    std::vector<std::string> changes{}; // containers and images that something is done to, in order
    std::vector<std::string> unchanged{}; // containers that are up to date
    std::string plan{};                   // the text of the plan, with dry_run
};

/// With `no_start` it is what `create` does; with `scale` what `scale` does.
UpResult up(const Project& project, engine::Engine& engine, const UpOptions& options, Job& job);

} // namespace orch::compose
