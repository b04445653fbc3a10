// Takes a project away: containers, networks, and on request volumes and images.
#pragma once

#include "compose/model/project.hpp"
#include "compose/selection.hpp"
#include "lib/engine/engine.hpp"
#include "lib/world.hpp"

#include <chrono>
#include <cstddef>

namespace orch::compose {

enum class RemoveImages { none, local, all }; // local: those that were built

struct DownOptions {
    bool volumes = false;        // anonymous ones
    bool remove_orphans = false; // containers whose service is not in the file
    bool ignore_orphans = false; // no warning about them
    RemoveImages images = RemoveImages::none;
    std::chrono::seconds grace{10};
    std::size_t parallel = 8;
    bool dry_run = false;
};

struct DownResult {
    Outcome containers{};
    std::string plan{}; // with dry_run
};

/// One-offs included, dependants stopped before what they depend on. Nothing there is fine.
DownResult
down(const Project& project, engine::Engine& engine, const DownOptions& options, Job& job);

} // namespace orch::compose
