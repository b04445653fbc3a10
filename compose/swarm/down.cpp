#include "compose/swarm/down.hpp"

#include "compose/execute.hpp"
#include "compose/swarm/observe.hpp"
#include "compose/swarm/oneoff.hpp"
#include "compose/swarm/plain.hpp"
#include "compose/swarm/reconcile.hpp"

namespace orch::compose::swarm {

DownResult down(
    const Project& project,
    engine::Engine& engine,
    const DownOptions& options,
    const NodeEngine& node_engine,
    Job& job
) {
    auto observed = observe(engine, project, {}, job.stop);
    observed.containers = plain_containers(observed.nodes, node_engine, project.name, job.stop);
    const auto plan = plan_down(
        project,
        observed,
        {.orphans = options.remove_orphans,
         .ignore_orphans = options.ignore_orphans,
         .volumes = options.volumes,
         .grace = options.grace}
    );
    DownResult result;
    for (const auto& service : observed.services)
        result.containers.found.push_back(service.name);
    for (const auto& container : observed.containers)
        if (options.remove_orphans || project.find(container.service) != nullptr)
            result.containers.found.push_back(container.name);
    if (options.dry_run) {
        result.containers.changed = result.containers.found;
        result.plan = to_text(plan);
        return result;
    }
    // The containers of `run` hold the network.
    const auto oneoffs = remove_oneoffs(
        project.name,
        {engine, node_engine},
        {.grace = options.grace, .volumes = options.volumes, .parallel = options.parallel},
        job
    );
    result.containers.found.insert(result.containers.found.end(), oneoffs.begin(), oneoffs.end());
    result.containers.changed = result.containers.found;
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
