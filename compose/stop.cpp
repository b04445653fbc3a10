#include "compose/stop.hpp"

#include "compose/each.hpp"

namespace orch::compose {

Outcome stop(const Project& project, engine::Engine& engine, const StopOptions& options, Job& job) {
    const Deed deed{
        .verb = "Stopping",
        .order = Order::dependants_first,
        .concerns = [](const auto& container) { return container.running(); },
        .call =
            [&](const auto& container) {
                return StopContainer{container.id, options.grace};
            }};
    return act_on_each(project, engine, options.services, deed, options.parallel, job);
}

} // namespace orch::compose
