#include "compose/up.hpp"

#include "compose/build.hpp"
#include "compose/observe.hpp"
#include "compose/pull.hpp"

#include <algorithm>
#include <set>

namespace orch::compose {

namespace {

/// Shows or carries out one plan.
void go_through(
    const Plan& plan,
    const Project& project,
    engine::Engine& engine,
    const UpOptions& options,
    Job& job,
    UpResult& result
) {
    result.changed = result.changed || !plan.empty();
    for (const auto& task : plan.tasks)
        if (std::find(result.changes.begin(), result.changes.end(), task.subject) ==
            result.changes.end())
            result.changes.push_back(task.subject);
    result.unchanged.insert(result.unchanged.end(), plan.unchanged.begin(), plan.unchanged.end());
    if (options.dry_run) {
        result.plan += to_text(plan);
        return;
    }
    auto told = plan;
    if (options.what.recreate == Recreate::never)
        told.unchanged.clear(); // nobody has looked whether they are up-to-date
    execute(told, project, engine, options.how, job);
}

/// Images that are brought anew although they may be there. Whether a container has to follow is
/// known only afterwards.
std::vector<Plan> image_plans(const Project& project, const UpOptions& options) {
    const auto services = project.select(options.what.services, !options.what.no_deps);
    std::vector<Plan> plans;
    if (options.pull == PullPolicy::always)
        plans.push_back(plan_pull(project, services));
    if (options.build)
        plans.push_back(plan_build(project, services, true));
    return plans;
}

/// The services with containers whose link variables name old addresses, and those that depend on
/// them.
std::vector<std::string> services_with_old_addresses(
    const Project& project, const Observed& observed, const ReconcileOptions& what
) {
    std::set<std::string> found;
    std::vector<std::string> names;
    for (const auto* service : project.select(what.services, !what.no_deps)) {
        const auto containers = observed.of(service->name);
        const auto dependencies = service->dependencies();
        const bool moved =
            std::any_of(containers.begin(), containers.end(), [&](const auto* container) {
                return observed.moved_away_from(*container) != nullptr;
            });
        const bool follows =
            !containers.empty() &&
            std::any_of(dependencies.begin(), dependencies.end(), [&](const auto& name) {
                return found.contains(name);
            });
        if (moved || follows) {
            found.insert(service->name);
            names.push_back(service->name);
        }
    }
    return names;
}

/// Containers that this `up` has started may have got new addresses. Where orch, not the engine,
/// sets the variables of links, those that name the old ones are made anew.
void follow_addresses(
    const Project& project,
    engine::Engine& engine,
    const UpOptions& options,
    Job& job,
    UpResult& result
) {
    const auto observed = observe(engine, project, job.stop);
    auto what = options.what;
    what.services = services_with_old_addresses(project, observed, what);
    if (what.services.empty())
        return;
    what.no_deps = true;
    what.recreate = Recreate::changed;
    what.renew_volumes = false;
    what.scale.clear();
    what.ignore_orphans = true;
    what.remove_orphans = false;
    go_through(reconcile(project, observed, what), project, engine, options, job, result);
}

bool has_link_addresses(const Observed& observed) {
    return std::any_of(
        observed.containers.begin(),
        observed.containers.end(),
        [](const ObservedContainer& container) { return !container.link_addresses.empty(); }
    );
}

/// docker-compose's word about images that nobody asked to build: they are not built again when
/// their sources change.
void warn_of_builds(const Plan& plan, const Project& project, Job& job) {
    for (const auto& step : plan.steps)
        if (const auto* call = std::get_if<BuildImage>(&step.act.call))
            job.progress.emit(
                {.id = project.name,
                 .status = progress::Status::warning,
                 .text = "Image for service " + call->service +
                         " was built because it did not already exist. To rebuild this image you "
                         "must use `orch compose build` or `orch compose up --build`."}
            );
}

} // namespace

UpResult up(const Project& project, engine::Engine& engine, const UpOptions& options, Job& job) {
    UpResult result;
    for (const auto& plan : image_plans(project, options))
        go_through(plan, project, engine, options, job, result);
    auto what = options.what;
    what.no_pull = what.no_pull || options.pull == PullPolicy::never;
    const auto observed = observe(engine, project, job.stop);
    const auto plan = reconcile(project, observed, what);
    go_through(plan, project, engine, options, job, result);
    if (!plan.empty() && !options.dry_run && !what.no_start && what.recreate != Recreate::never &&
        has_link_addresses(observed))
        follow_addresses(project, engine, options, job, result);
    if (!options.dry_run)
        warn_of_builds(plan, project, job);
    return result;
}

} // namespace orch::compose
