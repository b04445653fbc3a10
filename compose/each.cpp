#include "compose/each.hpp"

#include "compose/execute.hpp"
#include "compose/observe.hpp"

namespace orch::compose {

Outcome act_on_each(
    const Project& project,
    const Hosts& hosts,
    const std::vector<std::string>& services,
    const Deed& deed,
    std::size_t parallel,
    Job& job
) {
    auto containers =
        containers_of(project, observe_containers(hosts, project.name), services, Oneoffs::without);
    if (deed.running_only)
        std::erase_if(containers, [](const auto& container) { return !container.running(); });
    Outcome outcome{.found = names_of(containers)};
    std::erase_if(containers, [&](const auto& container) { return !deed.concerns(container); });
    outcome.changed = names_of(containers);
    const auto add =
        [&](Plan& to, const ObservedContainer& container, std::vector<std::size_t> before) {
            return add_task(to, deed.verb, container, deed.call(container), std::move(before));
        };
    Plan plan;
    add_for_each(plan, project, containers, deed.order, add);
    ExecuteOptions how{.parallel = parallel};
    if (hosts.swarm())
        how.services.node_engine = hosts.nodes();
    execute(plan, project, hosts.front(), how, job);
    return outcome;
}

} // namespace orch::compose
