#include "compose/stop.hpp"

#include "compose/execute.hpp"
#include "compose/observe.hpp"

namespace orch::compose {

Outcome stop(const Project& project, engine::Engine& engine, const StopOptions& options, Job& job) {
    auto containers = containers_of(
        project, observe_containers(engine, project.name), options.services, Oneoffs::without
    );
    Outcome outcome{.found = names_of(containers)};
    std::erase_if(containers, [](const auto& container) { return !container.running(); });
    outcome.changed = names_of(containers);
    Plan plan;
    add_for_each(
        plan,
        project,
        containers,
        Order::dependants_first,
        [&](Plan& to, const ObservedContainer& container, std::vector<std::size_t> before) {
            return add_task(
                to,
                "Stopping",
                container,
                StopContainer{container.id, options.grace},
                std::move(before)
            );
        }
    );
    execute(plan, project, engine, {.parallel = options.parallel}, job);
    return outcome;
}

} // namespace orch::compose
