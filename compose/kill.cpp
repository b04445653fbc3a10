#include "compose/kill.hpp"

#include "compose/each.hpp"

namespace orch::compose {

Outcome kill(const Project& project, const Hosts& hosts, const KillOptions& options, Job& job) {
    const Deed deed{
        .verb = "Killing",
        .concerns = [](const auto& container) { return container.running(); },
        .call =
            [&](const auto& container) {
                return KillContainer{container.id, options.signal};
            }};
    return act_on_each(project, hosts, options.services, deed, options.parallel, job);
}

} // namespace orch::compose
