#include "compose/build.hpp"

#include "compose/classic/nodes.hpp"
#include "compose/execute.hpp"
#include "lib/engine/standalone.hpp"

#include <optional>

namespace orch::compose {

Plan plan_build(
    const Project& project, const std::vector<const Service*>& services, bool parallel
) {
    Plan plan;
    std::vector<std::size_t> before;
    for (const auto* service : services) {
        if (!service->build)
            continue;
        plan.begin_task("Building", service->name);
        const auto step = plan.add(
            {.act = {BuildImage{service->name, project.image_of(*service)}, service->name},
             .after = before}
        );
        if (!parallel)
            before = {step};
    }
    return plan;
}

namespace {

/// As docker-compose does it: a line of its own and then the builder's; no line says that it is
/// done.
void build_in_turn(
    const Project& project,
    engine::Engine& engine,
    const std::vector<const Service*>& services,
    const BuildSettings& settings,
    Job& job
) {
    std::optional<classic::Nodes> nodes;
    if (engine::Standalone(engine).there())
        nodes.emplace(engine, settings.nodes, job.progress);
    for (const auto* service : services) {
        job.progress.emit(
            {.id = "Building", .status = progress::Status::note, .text = service->name}
        );
        const auto id = build_image(engine, project, *service, settings, job.progress);
        if (nodes)
            nodes->spread_image(project.image_of(*service), id, job.stop);
    }
}

} // namespace

void build(const Project& project, engine::Engine& engine, const BuildOptions& options, Job& job) {
    std::vector<const Service*> built;
    for (const auto* service : project.select(options.services, false)) {
        if (service->build)
            built.push_back(service);
        else
            job.progress.emit(
                {.id = service->name,
                 .status = progress::Status::note,
                 .text = "uses an image, skipping"}
            );
    }
    if (!options.parallel) {
        build_in_turn(project, engine, built, options.settings, job);
        return;
    }
    const auto plan = plan_build(project, built, true);
    execute(plan, project, engine, {.parallel = 5, .build = options.settings}, job);
}

} // namespace orch::compose
