// Carries out a plan: as much at a time as the dependencies allow. It decides nothing.
#pragma once

#include "compose/plan.hpp"
#include "compose/provide_image.hpp"
#include "compose/swarm/convergence.hpp"
#include "lib/base/error.hpp"
#include "lib/engine/engine.hpp"
#include "lib/world.hpp"

#include <cstddef>
#include <utility>

namespace orch::compose {

struct ExecuteOptions {
    /// Calls at the same time; an engine gets slower, not faster, when it has to do more.
    std::size_t parallel = 8;
    RegistryAuth auth{};
    BuildSettings build{};
    swarm::Convergence services{}; // needed only where there are some
};

/// Tasks failed; each was told of by an event.
class ExecutionFailed : public Error {
  public:
    explicit ExecutionFailed(Error error) : Error(std::move(error)) {}
};

/// First emits the plan's warnings (id: the project) and a `note` "is up-to-date" for every
/// container that stays as it is. Emits a `working` event when a task begins and `done` or `failed`
/// when it ends. When a step fails, its task is taken back as the plan says, everything that
/// depends on it is skipped, the rest goes on. Then throws one ExecutionFailed that names each
/// failed container with the engine's text, and each skipped one. A stop request ends it at once,
/// with nothing taken back: Error(cancelled). The next reconcile() understands whatever state that
/// leaves.
void execute(
    const Plan& plan,
    const Project& project,
    engine::Engine& engine,
    const ExecuteOptions& options,
    Job& job
);

} // namespace orch::compose
