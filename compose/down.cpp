#include "compose/down.hpp"

#include "compose/converge/notices.hpp"
#include "compose/execute.hpp"
#include "compose/observe.hpp"

#include <set>

namespace orch::compose {

namespace {

using Steps = std::vector<std::size_t>;

/// Stops what runs, then removes it. Returns the removals.
Steps add_containers(
    Plan& plan,
    const Project& project,
    const std::vector<ObservedContainer>& containers,
    const DownOptions& options
) {
    Steps removed;
    const auto add = [&](Plan& to, const ObservedContainer& container, Steps before) {
        if (!container.running()) {
            removed.push_back(add_removal(to, container, options.volumes, {}));
            return removed.back();
        }
        const auto stopped = add_task(
            to, "Stopping", container, StopContainer{container.id, options.grace}, std::move(before)
        );
        removed.push_back(add_removal(to, container, options.volumes, {stopped}));
        return stopped;
    };
    add_for_each(plan, project, containers, Order::dependants_first, add);
    if (options.volumes)
        add_volume_removals(plan, containers, removed);
    return removed;
}

void add_networks(Plan& plan, const Project& project, engine::Engine& engine, const Steps& after) {
    const engine::Filters filters{{"label", {std::string(labels::project) + "=" + project.name}}};
    for (const auto& network : engine.list_networks(filters)) {
        plan.begin_task("Removing network", network.name);
        plan.add({.act = {RemoveNetwork{network.id}, network.name}, .after = after});
    }
}

void add_images(
    Plan& plan,
    const Project& project,
    engine::Engine& engine,
    const DownOptions& options,
    const Steps& after
) {
    std::set<std::string> references;
    for (const auto& service : project.services)
        if (options.images == RemoveImages::all ||
            (options.images == RemoveImages::local && service.build))
            references.insert(project.image_of(service));
    for (const auto& reference : references) {
        if (!engine.inspect_image(reference))
            continue;
        plan.begin_task("Removing image", reference);
        plan.add({.act = {RemoveImage{reference}, reference}, .after = after});
    }
}

} // namespace

DownResult
down(const Project& project, engine::Engine& engine, const DownOptions& options, Job& job) {
    Plan plan;
    auto containers = observe_containers(engine, project.name);
    if (!options.remove_orphans) {
        const auto orphans = orphans_of(project, containers);
        if (!orphans.empty() && !options.ignore_orphans)
            plan.warnings.push_back(orphan_warning(orphans));
        containers = containers_of(project, std::move(containers), {}, Oneoffs::with);
    }
    const auto removed = add_containers(plan, project, containers, options);
    add_networks(plan, project, engine, removed);
    add_images(plan, project, engine, options, removed);
    DownResult result{.containers = {names_of(containers), names_of(containers)}};
    if (options.dry_run)
        result.plan = to_text(plan);
    else
        execute(plan, project, engine, {.parallel = options.parallel}, job);
    return result;
}

} // namespace orch::compose
