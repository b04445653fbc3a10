#include "compose/pull.hpp"

#include "compose/execute.hpp"
#include "lib/base/error.hpp"

#include <set>

namespace orch::compose {

Plan plan_pull(const Project& project, const std::vector<const Service*>& services) {
    Plan plan;
    std::set<std::string> seen;
    for (const auto* service : services) {
        const auto reference = project.image_of(*service);
        if (service->build || !seen.insert(reference).second)
            continue;
        plan.begin_task("Pulling", reference);
        plan.add({.act = {PullImage{reference}, reference}});
    }
    return plan;
}

void pull(const Project& project, engine::Engine& engine, const PullOptions& options, Job& job) {
    const auto plan =
        plan_pull(project, project.select(options.services, options.include_dependencies));
    try {
        execute(plan, project, engine, {.parallel = options.parallel, .auth = options.auth}, job);
    } catch (const Error& error) {
        if (!options.ignore_failures || error.kind() == Kind::cancelled)
            throw;
        job.progress.emit(
            {.id = project.name, .status = progress::Status::warning, .text = describe(error)}
        );
    }
}

} // namespace orch::compose
