#include "compose/swarm/power.hpp"

#include "compose/swarm/labels.hpp"
#include "compose/swarm/observe.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace orch::compose::swarm {

namespace {

using Steps = std::vector<std::size_t>;
using engine::Service;

bool is_stopped(const Service& service) { return service.replicated && service.replicas == 0; }

/// Adds the steps for one service, the first after `before`; returns the last one. Nothing to do
/// adds nothing and returns `before`.
using AddService = std::function<Steps(Plan& plan, const Service& service, const Steps& before)>;

/// Visits services that are there in the order of their links.
Plan plan_each(
    const Project& project,
    const Observed& observed,
    const std::vector<std::string>& names,
    Order order,
    const AddService& add
) {
    Plan plan;
    std::set<std::string> selected;
    for (const auto* service : project.select(names, false))
        selected.insert(service->name);
    std::map<std::string, std::set<std::string>> earlier;
    std::vector<std::string> turn;
    for (const auto& service : project.services) {
        turn.push_back(service.name);
        for (const auto& dependency : service.dependencies())
            if (order == Order::dependants_first)
                earlier[dependency].insert(service.name);
            else
                earlier[service.name].insert(dependency);
    }
    if (order == Order::dependants_first)
        std::reverse(turn.begin(), turn.end());
    std::map<std::string, Steps> last;
    for (const auto& name : turn) {
        Steps before;
        for (const auto& other : earlier[name])
            before.insert(before.end(), last[other].begin(), last[other].end());
        const auto* there = observed.find(name);
        last[name] =
            there != nullptr && selected.contains(name) ? add(plan, *there, before) : before;
    }
    return plan;
}

Steps add_restart(const char* verb, Plan& plan, const Service& service, const Steps& before) {
    plan.begin_task(verb, service.name);
    const auto forced =
        plan.add({.act = {RestartService{service.name}, service.name}, .after = before});
    return {plan.add({.act = {AwaitService{service.name}, service.name}, .after = {forced}})};
}

/// One that was stopped, or whose tasks have all ended.
Steps add_start(Plan& plan, const Observed& observed, const Service& service, const Steps& before) {
    const auto wanted = replicas_of(service);
    if (wanted == 0)
        return before;
    if (!is_stopped(service))
        return observed.alive(service.id).empty() ? add_restart("Starting", plan, service, before)
                                                  : before;
    plan.begin_task("Starting", service.name);
    const auto scaled =
        plan.add({.act = {ScaleService{service.name, wanted}, service.name}, .after = before});
    return {plan.add(
        {.act = {AwaitService{.name = service.name, .fresh = false}, service.name},
         .after = {scaled}}
    )};
}

Outcome outcome_of(
    const Project& project,
    const Observed& observed,
    const std::vector<std::string>& services,
    const Plan& plan
) {
    Outcome outcome;
    for (const auto* service : project.select(services, false))
        if (const auto* there = observed.find(service->name))
            outcome.found.push_back(there->name);
    for (const auto& task : plan.tasks)
        outcome.changed.push_back(task.subject);
    return outcome;
}

} // namespace

Plan plan_stop(
    const Project& project, const Observed& observed, const std::vector<std::string>& services
) {
    const auto add = [](Plan& plan, const Service& service, const Steps& before) {
        if (is_stopped(service) || !service.replicated)
            return before;
        plan.begin_task("Stopping", service.name);
        return Steps{plan.add(
            {.act = {ScaleService{service.name, 0, service.replicas}, service.name},
             .after = before}
        )};
    };
    return plan_each(project, observed, services, Order::dependants_first, add);
}

Plan plan_start(
    const Project& project, const Observed& observed, const std::vector<std::string>& services
) {
    const auto add = [&](Plan& plan, const Service& service, const Steps& before) {
        return add_start(plan, observed, service, before);
    };
    return plan_each(project, observed, services, Order::dependencies_first, add);
}

Plan plan_restart(
    const Project& project, const Observed& observed, const std::vector<std::string>& services
) {
    const auto add = [&](Plan& plan, const Service& service, const Steps& before) {
        return is_stopped(service) ? add_start(plan, observed, service, before)
                                   : add_restart("Restarting", plan, service, before);
    };
    return plan_each(project, observed, services, Order::dependencies_first, add);
}

Plan plan_rm(
    const Project& project,
    const Observed& observed,
    const std::vector<std::string>& services,
    bool running
) {
    const auto add = [running](Plan& plan, const Service& service, const Steps& before) {
        if (!running && !is_stopped(service))
            return before;
        plan.begin_task("Removing", service.name);
        return Steps{
            plan.add({.act = {RemoveService{service.name}, service.name}, .after = before})};
    };
    return plan_each(project, observed, services, Order::dependants_first, add);
}

Outcome
act(const Project& project,
    engine::Engine& engine,
    const std::vector<std::string>& services,
    MakePlan make_plan,
    const ExecuteOptions& how,
    Job& job) {
    const auto observed = observe_services(engine, project.name);
    const auto plan = make_plan(project, observed, services);
    execute(plan, project, engine, how, job);
    return outcome_of(project, observed, services, plan);
}

Outcome rm(const Project& project, engine::Engine& engine, const RmOptions& options, Job& job) {
    const auto observed = observe_services(engine, project.name);
    const auto plan = plan_rm(project, observed, options.services, options.stop);
    auto outcome = outcome_of(project, observed, options.services, plan);
    outcome.found = outcome.changed;
    if (outcome.found.empty())
        return outcome;
    if (options.confirm && !options.confirm(outcome.found)) {
        outcome.changed.clear();
        return outcome;
    }
    execute(plan, project, engine, options.how, job);
    return outcome;
}

} // namespace orch::compose::swarm
