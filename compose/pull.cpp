#include "compose/pull.hpp"

#include "compose/execute.hpp"
#include "lib/base/error.hpp"
#include "lib/engine/reference.hpp"
#include "lib/tasks/group.hpp"

#include <map>
#include <set>

namespace orch::compose {

namespace {

using Services = std::vector<const Service*>;
using progress::Status;

/// The services whose images come from elsewhere.
Services not_built(const Services& services) {
    Services chosen;
    for (const auto* service : services)
        if (!service->build)
            chosen.push_back(service);
    return chosen;
}

Services without_present(
    const Project& project, engine::Engine& engine, const Services& services, Job& job
) {
    std::vector<char> present(services.size());
    orch::tasks::Group group(8, job.stop);
    for (std::size_t i = 0; i < services.size(); ++i)
        group.spawn([&, i](const std::stop_token& stop) {
            const auto image = engine.with(stop).inspect_image(project.image_of(*services[i]));
            present[i] = image ? 1 : 0;
        });
    group.wait();
    Services missing;
    for (std::size_t i = 0; i < services.size(); ++i) {
        if (present[i] == 0)
            missing.push_back(services[i]);
        else
            job.progress.emit(
                {.id = services[i]->name, .status = Status::note, .text = "has its image, skipping"}
            );
    }
    return missing;
}

void warn(const std::string& subject, const Error& error, Job& job) {
    job.progress.emit({.id = subject, .status = Status::warning, .text = describe(error)});
}

/// "redis:7", "a@sha256:0123"
std::string full_name(const std::string& reference) {
    const auto parts = engine::split_reference(reference);
    const bool digest = parts.tag.find(':') != std::string::npos;
    return parts.repository + (digest ? "@" : ":") + parts.tag;
}

void pull_in_turn(
    const Project& project,
    engine::Engine& engine,
    const Services& services,
    const PullOptions& options,
    Job& job
) {
    std::set<std::string> pulled;
    for (const auto* service : services) {
        const auto reference = project.image_of(*service);
        job.progress.emit(
            {.id = "Pulling",
             .status = Status::note,
             .text = service->name + " (" + full_name(reference) + ")..."}
        );
        if (!pulled.insert(reference).second)
            continue;
        try {
            pull_image(
                engine, {reference, service->name, options.auth, options.output}, job.progress
            );
        } catch (const Error& error) {
            if (!options.ignore_failures || error.kind() == Kind::cancelled)
                throw;
            warn(service->name, error, job);
        }
    }
}

} // namespace

Plan plan_pull(const Project& project, const Services& services) {
    Plan plan;
    std::map<std::string, std::size_t> first; // the step that pulls an image
    for (const auto* service : not_built(services)) {
        const auto reference = project.image_of(*service);
        const auto before = first.find(reference);
        plan.begin_task("Pulling", service->name);
        if (before == first.end())
            first[reference] = plan.add({.act = {PullImage{reference}, service->name}});
        else
            plan.add({.act = {PullImage{reference, true}, service->name}, .after = {before->second}}
            );
    }
    return plan;
}

void pull(const Project& project, engine::Engine& engine, const PullOptions& options, Job& job) {
    auto services = not_built(project.select(options.services, options.include_dependencies));
    if (options.only_missing)
        services = without_present(project, engine, services, job);
    if (options.in_turn) {
        pull_in_turn(project, engine, services, options, job);
        return;
    }
    const auto plan = plan_pull(project, services);
    try {
        execute(plan, project, engine, {.parallel = options.parallel, .auth = options.auth}, job);
    } catch (const Error& error) {
        if (!options.ignore_failures || error.kind() == Kind::cancelled)
            throw;
        warn(project.name, error, job);
    }
}

} // namespace orch::compose
