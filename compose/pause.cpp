#include "compose/pause.hpp"

#include "compose/each.hpp"

namespace orch::compose {

namespace {

Outcome
run(const Project& project, const Hosts& hosts, const PauseOptions& options, Deed deed, Job& job) {
    deed.running_only = true;
    return act_on_each(project, hosts, options.services, deed, options.parallel, job);
}

} // namespace

Outcome pause(const Project& project, const Hosts& hosts, const PauseOptions& options, Job& job) {
    return run(
        project,
        hosts,
        options,
        {.verb = "Pausing",
         .order = Order::dependants_first,
         .concerns = [](const auto& container) { return container.state == "running"; },
         .call = [](const auto& container) { return PauseContainer{container.id}; }},
        job
    );
}

Outcome unpause(const Project& project, const Hosts& hosts, const PauseOptions& options, Job& job) {
    return run(
        project,
        hosts,
        options,
        {.verb = "Unpausing",
         .order = Order::dependencies_first,
         .concerns = [](const auto& container) { return container.state == "paused"; },
         .call = [](const auto& container) { return UnpauseContainer{container.id}; }},
        job
    );
}

} // namespace orch::compose
