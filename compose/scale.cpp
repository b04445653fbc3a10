#include "compose/scale.hpp"

#include "compose/converge/notices.hpp"
#include "compose/observe.hpp"
#include "compose/reconcile.hpp"
#include "compose/selection.hpp"

#include <algorithm>

namespace orch::compose {

namespace {

using Containers = std::vector<const ObservedContainer*>;

void add_shrinking(Plan& plan, const Containers& running, std::size_t wanted, const auto& options) {
    for (auto i = wanted; i < running.size(); ++i) {
        const auto& container = *running[i];
        const auto stopped = add_task(
            plan, "Stopping and removing", container, StopContainer{container.id, options.grace}, {}
        );
        plan.add({.act = {RemoveContainer{.id = container.id}, container.name}, .after = {stopped}}
        );
    }
}

void add_starting(Plan& plan, const Containers& stopped, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
        add_task(plan, "Starting", *stopped[i], StartContainer{stopped[i]->id}, {});
}

void plan_service(
    const Service& service,
    const Observed& observed,
    std::size_t wanted,
    const ScaleOptions& options,
    ScalePlan& result
) {
    const auto all = observed.of(service.name); // in order of their numbers
    Containers running;
    Containers stopped;
    for (const auto* container : all)
        (container->running() ? running : stopped).push_back(container);
    if (wanted > all.size()) {
        result.grow[service.name] = static_cast<int>(wanted);
        return; // the warnings come with the new ones
    }
    for (auto& warning : scale_warnings(service, wanted))
        result.plan.warnings.push_back(std::move(warning));
    if (wanted == running.size())
        result.achieved.push_back(service.name);
    else if (wanted < running.size())
        add_shrinking(result.plan, running, wanted, options);
    else
        add_starting(result.plan, stopped, wanted - running.size());
}

std::vector<std::string> names(const std::map<std::string, int>& counts) {
    std::vector<std::string> result;
    for (const auto& [service, count] : counts)
        result.push_back(service);
    return result;
}

} // namespace

ScalePlan
plan_scale(const Project& project, const Observed& observed, const ScaleOptions& options) {
    ScalePlan result;
    if (options.wanted.empty())
        return result;
    for (const auto* service : project.select(names(options.wanted), false)) {
        const auto wanted = std::max(options.wanted.at(service->name), 0);
        plan_service(*service, observed, static_cast<std::size_t>(wanted), options, result);
    }
    return result;
}

std::vector<std::string>
scale(const Project& project, engine::Engine& engine, const ScaleOptions& options, Job& job) {
    if (!options.wanted.empty())
        static_cast<void>(project.select(names(options.wanted), false)
        ); // a wrong name before anything is asked
    const auto observed = observe(engine, project, job.stop);
    const auto result = plan_scale(project, observed, options);
    execute(result.plan, project, engine, options.how, job);
    if (!result.grow.empty()) {
        auto growth = reconcile(
            project,
            observed,
            {.services = names(result.grow),
             .recreate = Recreate::never,
             .no_deps = true,
             .ignore_orphans = true,
             .scale = result.grow,
             .grace = options.grace}
        );
        growth.unchanged.clear(); // no word about those that are there
        execute(growth, project, engine, options.how, job);
    }
    return result.achieved;
}

} // namespace orch::compose
