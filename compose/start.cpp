#include "compose/start.hpp"

#include "compose/each.hpp"

namespace orch::compose {

Outcome
start(const Project& project, engine::Engine& engine, const StartOptions& options, Job& job) {
    const Deed deed{
        .verb = "Starting",
        .order = Order::dependencies_first,
        .concerns = [](const auto& container) { return !container.running(); },
        .call =
            [](const auto& container) {
                return StartContainer{container.id, container.service};
            }};
    return act_on_each(project, engine, options.services, deed, options.parallel, job);
}

} // namespace orch::compose
