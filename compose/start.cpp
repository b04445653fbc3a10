#include "compose/start.hpp"

#include "compose/execute.hpp"
#include "compose/observe.hpp"

namespace orch::compose {

Outcome
start(const Project& project, engine::Engine& engine, const StartOptions& options, Job& job) {
    auto containers = containers_of(
        project, observe_containers(engine, project.name), options.services, Oneoffs::without
    );
    Outcome outcome{.found = names_of(containers)};
    std::erase_if(containers, [](const auto& container) { return container.running(); });
    outcome.changed = names_of(containers);
    Plan plan;
    add_for_each(
        plan,
        project,
        containers,
        Order::dependencies_first,
        [&](Plan& to, const ObservedContainer& container, std::vector<std::size_t> before) {
            return add_task(
                to,
                "Starting",
                container,
                StartContainer{container.id, container.service},
                std::move(before)
            );
        }
    );
    execute(plan, project, engine, {.parallel = options.parallel}, job);
    return outcome;
}

} // namespace orch::compose
