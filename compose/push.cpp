#include "compose/push.hpp"

#include "compose/execute.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"

namespace orch::compose {

namespace {

/// "host:5000/path/p_web:latest"
std::string name_in(std::string registry, const std::string& image) {
    while (registry.ends_with('/'))
        registry.pop_back();
    return registry + "/" + image + ":latest";
}

void require_registry(
    const Project& project, const std::vector<const Service*>& built, const std::string& registry
) {
    if (!registry.empty() || built.empty())
        return;
    std::vector<std::string> images;
    for (const auto* service : built)
        images.push_back(project.image_of(*service));
    throw Error(
        Kind::usage, "{}: a name without a registry cannot be pushed", text::join(images, ", ")
    )
        .hint("orch compose push --registry HOST[:PORT][/PATH] gives them such names");
}

} // namespace

Plan plan_push(
    const Project& project, const std::vector<const Service*>& services, const std::string& registry
) {
    Plan plan;
    for (const auto* service : services) {
        if (!service->build)
            continue;
        const auto image = project.image_of(*service);
        const auto name = name_in(registry, image);
        plan.begin_task("Pushing", name);
        plan.add({.act = {PushImage{image, name}, name}});
    }
    return plan;
}

void push(const Project& project, engine::Engine& engine, const PushOptions& options, Job& job) {
    const auto services = project.select(options.services, false);
    std::vector<const Service*> built;
    for (const auto* service : services) {
        if (service->build)
            built.push_back(service);
        else
            job.progress.emit(
                {.id = service->name,
                 .status = progress::Status::note,
                 .text = "uses an image that is not built here, skipping"}
            );
    }
    require_registry(project, built, options.registry);
    try {
        execute(
            plan_push(project, built, options.registry),
            project,
            engine,
            {.parallel = options.parallel, .auth = options.auth},
            job
        );
    } catch (const Error& error) {
        if (!options.ignore_failures || error.kind() == Kind::cancelled)
            throw;
        job.progress.emit(
            {.id = project.name, .status = progress::Status::warning, .text = describe(error)}
        );
    }
}

} // namespace orch::compose
