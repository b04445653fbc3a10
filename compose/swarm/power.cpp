#include "compose/swarm/power.hpp"

#include "compose/swarm/labels.hpp"
#include "compose/swarm/observe.hpp"
#include "compose/swarm/plain_plan.hpp"
#include "compose/swarm/task_containers.hpp"

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

/// The same for a plain container.
using AddContainer =
    std::function<Steps(Plan& plan, const ObservedContainer& container, const Steps& before)>;

/// Visits services that are there in the order of their links.
Plan plan_each(
    const Project& project,
    const Observed& observed,
    const std::vector<std::string>& names,
    Order order,
    const AddService& add,
    const AddContainer& add_container
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
        last[name] = before;
        if (!selected.contains(name))
            continue;
        if (const auto* there = observed.find(name))
            last[name] = add(plan, *there, before);
        for (const auto* container : observed.containers_of(name))
            for (const auto step : add_container(plan, *container, before))
                last[name].push_back(step);
    }
    return plan;
}

/// A task of one call, after `before`.
Steps add_call(
    const char* verb,
    Plan& plan,
    const Observed& observed,
    const ObservedContainer& container,
    Call call,
    const Steps& before
) {
    plan.begin_task(verb, container.name);
    return {plan.add({.act = act_on(container, observed, std::move(call)), .after = before})};
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
    for (const auto* service : project.select(services, false)) {
        if (const auto* there = observed.find(service->name))
            outcome.found.push_back(there->name);
        for (const auto* container : observed.containers_of(service->name))
            outcome.found.push_back(container->name);
    }
    for (const auto& task : plan.tasks)
        outcome.changed.push_back(task.subject);
    return outcome;
}

/// One-offs of the services that may go, as plain containers.
std::vector<ObservedContainer>
removable_oneoffs(const Project& project, engine::Engine& engine, const RmOptions& options) {
    if (!options.how.services.node_engine)
        return {};
    auto oneoffs = containers_of(
        project,
        oneoff_containers(engine, options.how.services.node_engine, project.name),
        options.services,
        Oneoffs::with
    );
    std::erase_if(oneoffs, [&](const ObservedContainer& container) {
        return container.running() && !options.stop;
    });
    return oneoffs;
}

} // namespace

Plan plan_stop(const Project& project, const Observed& observed, const Doing& doing) {
    const auto add = [](Plan& plan, const Service& service, const Steps& before) {
        if (is_stopped(service) || !service.replicated)
            return before;
        plan.begin_task("Stopping", service.name);
        return Steps{plan.add(
            {.act = {ScaleService{service.name, 0, service.replicas}, service.name},
             .after = before}
        )};
    };
    const auto stop = [&](Plan& plan, const ObservedContainer& container, const Steps& before) {
        if (!container.running())
            return Steps{};
        const StopContainer call{container.id, doing.grace};
        return add_call("Stopping", plan, observed, container, call, before);
    };
    return plan_each(project, observed, doing.services, Order::dependants_first, add, stop);
}

Plan plan_start(const Project& project, const Observed& observed, const Doing& doing) {
    const auto add = [&](Plan& plan, const Service& service, const Steps& before) {
        return add_start(plan, observed, service, before);
    };
    const auto start = [&](Plan& plan, const ObservedContainer& container, const Steps& before) {
        if (container.running())
            return Steps{};
        const StartContainer call{container.id, container.service};
        return add_call("Starting", plan, observed, container, call, before);
    };
    return plan_each(project, observed, doing.services, Order::dependencies_first, add, start);
}

Plan plan_restart(const Project& project, const Observed& observed, const Doing& doing) {
    const auto add = [&](Plan& plan, const Service& service, const Steps& before) {
        return is_stopped(service) ? add_start(plan, observed, service, before)
                                   : add_restart("Restarting", plan, service, before);
    };
    const auto restart = [&](Plan& plan, const ObservedContainer& container, const Steps& before) {
        const RestartContainer call{container.id, doing.grace};
        return add_call("Restarting", plan, observed, container, call, before);
    };
    return plan_each(project, observed, doing.services, Order::dependencies_first, add, restart);
}

Plan plan_rm(const Project& project, const Observed& observed, const Doing& doing, bool running) {
    const auto add = [running](Plan& plan, const Service& service, const Steps& before) {
        if (!running && !is_stopped(service))
            return before;
        plan.begin_task("Removing", service.name);
        return Steps{
            plan.add({.act = {RemoveService{service.name}, service.name}, .after = before})};
    };
    const auto remove = [&](Plan& plan, const ObservedContainer& container, const Steps& before) {
        if (!running && container.running())
            return Steps{};
        return Steps{
            add_plain_removal(container, observed, {.force = true}, doing.grace, {}, before, plan)};
    };
    return plan_each(project, observed, doing.services, Order::dependants_first, add, remove);
}

Outcome
act(const Project& project,
    engine::Engine& engine,
    const Doing& doing,
    MakePlan make_plan,
    const ExecuteOptions& how,
    Job& job) {
    const auto observed = observe_all(engine, project.name, how.services.node_engine, job.stop);
    const auto plan = make_plan(project, observed, doing);
    execute(plan, project, engine, how, job);
    return outcome_of(project, observed, doing.services, plan);
}

Outcome rm(const Project& project, engine::Engine& engine, const RmOptions& options, Job& job) {
    auto observed = observe_all(engine, project.name, options.how.services.node_engine, job.stop);
    for (auto& oneoff : removable_oneoffs(project, engine, options))
        observed.containers.push_back(std::move(oneoff));
    const auto plan = plan_rm(
        project, observed, {.services = options.services, .grace = options.grace}, options.stop
    );
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
