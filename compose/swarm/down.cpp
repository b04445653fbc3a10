#include "compose/swarm/down.hpp"

#include "compose/execute.hpp"
#include "compose/swarm/observe.hpp"
#include "compose/swarm/reconcile.hpp"

namespace orch::compose::swarm {

DownResult down(
    const Project& project,
    engine::Engine& engine,
    const DownOptions& options,
    const NodeEngine& node_engine,
    Job& job
) {
    const auto observed = observe(engine, project, {}, job.stop);
    const auto plan = plan_down(
        project,
        observed,
        {.orphans = options.remove_orphans,
         .ignore_orphans = options.ignore_orphans,
         .volumes = options.volumes}
    );
    DownResult result;
    for (const auto& service : observed.services)
        result.containers.found.push_back(service.name);
    result.containers.changed = result.containers.found;
    if (options.dry_run)
        result.plan = to_text(plan);
    else
        execute(
            plan,
            project,
            engine,
            {.parallel = options.parallel, .services = {.node_engine = node_engine}},
            job
        );
    return result;
}

} // namespace orch::compose::swarm
