// stop, start, restart and rm on services. A stopped service has no tasks and remembers how many it
// had.
#pragma once

#include "compose/execute.hpp"
#include "compose/model/project.hpp"
#include "compose/plan.hpp"
#include "compose/selection.hpp"
#include "compose/swarm/observed.hpp"
#include "lib/engine/engine.hpp"
#include "lib/world.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace orch::compose::swarm {

// Plans, pure: for the named services of the file, all if none is named; plain containers like
// tasks, each on its node. They throw Error(not_found) for a service that the file does not have.

struct Doing {
    std::vector<std::string> services{};
    std::chrono::seconds grace{10}; // of plain containers; services have it in their spec
};

/// Dependants first; those without tasks are left as they are.
Plan plan_stop(const Project& project, const Observed& observed, const Doing& doing);

/// Dependencies first; only those that were stopped.
Plan plan_start(const Project& project, const Observed& observed, const Doing& doing);

/// Dependencies first; new tasks for all that have some, and as `start` for those that have none.
Plan plan_restart(const Project& project, const Observed& observed, const Doing& doing);

/// Dependants first; those that are stopped, with `running` all.
Plan plan_rm(const Project& project, const Observed& observed, const Doing& doing, bool running);

using MakePlan = Plan (*)(const Project&, const Observed&, const Doing&);

/// Observes, plans, executes. `found` are services and plain containers that are there, `changed`
/// those that the plan is about. `how` has the engines of the nodes.
Outcome
act(const Project& project,
    engine::Engine& engine,
    const Doing& doing,
    MakePlan plan,
    const ExecuteOptions& how,
    Job& job);

struct RmOptions {
    std::vector<std::string> services{};
    bool stop = false; // running ones too
    std::chrono::seconds grace{10};
    ExecuteOptions how{};
    /// Asked with the names before anything is removed; false: nothing is. None: not asked.
    std::function<bool(const std::vector<std::string>& names)> confirm{};
};

/// One-off containers included, by name.
Outcome rm(const Project& project, engine::Engine& engine, const RmOptions& options, Job& job);

} // namespace orch::compose::swarm
