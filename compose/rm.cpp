#include "compose/rm.hpp"

#include "compose/execute.hpp"
#include "compose/observe.hpp"

namespace orch::compose {

namespace {

std::vector<ObservedContainer>
candidates(const Project& project, engine::Engine& engine, const RmOptions& options) {
    auto containers = containers_of(
        project, observe_containers(engine, project.name), options.services, Oneoffs::with
    );
    std::erase_if(containers, [&](const auto& container) {
        return container.running() && !options.stop;
    });
    return containers;
}

Plan make_plan(
    const Project& project,
    const std::vector<ObservedContainer>& containers,
    const RmOptions& options
) {
    std::vector<std::size_t> removed;
    const auto add =
        [&](Plan& plan, const ObservedContainer& container, std::vector<std::size_t> before) {
            if (!container.running()) {
                removed.push_back(add_removal(plan, container, options.volumes, {}));
                return removed.back();
            }
            const auto stopped = add_task(
                plan,
                "Stopping",
                container,
                StopContainer{container.id, options.grace},
                std::move(before)
            );
            removed.push_back(add_removal(plan, container, options.volumes, {stopped}));
            return stopped;
        };
    Plan plan;
    add_for_each(plan, project, containers, Order::dependants_first, add);
    if (options.volumes)
        add_volume_removals(plan, containers, removed);
    return plan;
}

} // namespace

Outcome rm(const Project& project, engine::Engine& engine, const RmOptions& options, Job& job) {
    const auto containers = candidates(project, engine, options);
    Outcome outcome{.found = names_of(containers)};
    if (containers.empty() || (options.confirm && !options.confirm(outcome.found)))
        return outcome;
    outcome.changed = outcome.found;
    execute(
        make_plan(project, containers, options),
        project,
        engine,
        {.parallel = options.parallel},
        job
    );
    return outcome;
}

} // namespace orch::compose
