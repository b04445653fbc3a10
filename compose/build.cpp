#include "compose/build.hpp"

#include "compose/execute.hpp"

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

void build(const Project& project, engine::Engine& engine, const BuildOptions& options, Job& job) {
    const auto services = project.select(options.services, false);
    for (const auto* service : services)
        if (!service->build)
            job.progress.emit(
                {.id = service->name,
                 .status = progress::Status::note,
                 .text = "uses an image, skipping"}
            );
    const auto plan = plan_build(project, services, options.parallel);
    execute(plan, project, engine, {.build = options.settings}, job);
}

} // namespace orch::compose
