#include "compose/restart.hpp"

#include "compose/each.hpp"

namespace orch::compose {

Outcome
restart(const Project& project, engine::Engine& engine, const RestartOptions& options, Job& job) {
    const Deed deed{
        .verb = "Restarting",
        .order = Order::dependencies_first,
        .concerns = [](const auto&) { return true; },
        .call =
            [&](const auto& container) {
                return RestartContainer{container.id, options.grace};
            }};
    return act_on_each(project, engine, options.services, deed, options.parallel, job);
}

} // namespace orch::compose
