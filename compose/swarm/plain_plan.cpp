#include "compose/swarm/plain_plan.hpp"

#include "compose/swarm/labels.hpp"
#include "lib/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

namespace orch::compose::swarm {

namespace {

using Steps = std::vector<std::size_t>;

/// The service that a step says it is about, or the id of the container.
struct Subject {
    std::string service{};
    std::string container{};
};

Subject subject_of(const Call& call) {
    if (const auto* create = std::get_if<CreateContainer>(&call))
        return {.service = create->service};
    if (const auto* start = std::get_if<StartContainer>(&call))
        return {.service = start->service, .container = start->id};
    if (const auto* stop = std::get_if<StopContainer>(&call))
        return {.container = stop->id};
    if (const auto* rename = std::get_if<RenameContainer>(&call))
        return {.container = rename->id};
    if (const auto* remove = std::get_if<RemoveContainer>(&call))
        return {.container = remove->id};
    return {};
}

std::vector<std::string> services_by_task(const Plan& plan, const compose::Observed& there) {
    std::vector<std::string> services(plan.tasks.size());
    for (const auto& step : plan.steps) {
        auto& service = services[step.task];
        const auto subject = subject_of(step.act.call);
        if (!service.empty())
            continue;
        service = subject.service;
        for (const auto& container : there.containers)
            if (service.empty() && container.id == subject.container)
                service = container.service;
    }
    return services;
}

std::string host_name(const Observed& observed, const std::string& id) {
    const auto* node = observed.node(id);
    return node == nullptr || node->hostname.empty() ? id : node->hostname;
}

} // namespace

PlainPlanner::PlainPlanner(
    const Project& project,
    const Arrangement& arrangement,
    const Observed& observed,
    const PlainOptions& options
)
    : project_(project), arrangement_(arrangement), observed_(observed), options_(options) {
    for (const auto& [service, node] : arrangement.containers)
        if (arrangement.selected.contains(service) && !plans_.contains(node))
            make(node);
}

void PlainPlanner::make(const std::string& node) {
    Project here = project_;
    std::erase_if(here.services, [&](const Service& service) {
        const auto at = arrangement_.containers.find(service.name);
        return at == arrangement_.containers.end() || at->second != node;
    });
    compose::Observed there;
    if (const auto found = options_.nodes.find(node); found != options_.nodes.end())
        there = found->second;
    std::erase_if(there.containers, [&](const ObservedContainer& container) {
        return container.oneoff || here.find(container.service) == nullptr;
    });
    compose::ReconcileOptions what{
        .recreate = options_.recreate,
        .no_deps = true,
        .no_start = options_.no_start,
        .ignore_orphans = true,
        .grace = options_.grace};
    for (const auto& service : here.services) {
        if (!arrangement_.selected.contains(service.name))
            continue;
        what.services.push_back(service.name);
        const auto count = arrangement_.replicas.at(service.name);
        if (static_cast<int>(there.of(service.name).size()) != count)
            what.scale[service.name] = count;
    }
    auto& made = plans_[node];
    made.node = host_name(observed_, node);
    made.plan = compose::reconcile(here, there, what);
    made.services = services_by_task(made.plan, there);
    name_aliases(made.plan);
}

/// Names in the project's network, as docker-compose's own networks have them.
void PlainPlanner::name_aliases(Plan& plan) const {
    for (auto& step : plan.steps) {
        auto* const call = std::get_if<CreateContainer>(&step.act.call);
        const auto* service = call == nullptr ? nullptr : project_.find(call->service);
        if (service == nullptr)
            continue;
        const auto names = service->labels.find(labels::aliases);
        if (names == service->labels.end())
            continue;
        call->aliases = text::split(names->second, ',');
        const auto numbered = fmt::format("{}_{}", call->service, call->number);
        for (const auto& name : {numbered, project_.name + "_" + numbered})
            if (std::find(call->aliases.begin(), call->aliases.end(), name) == call->aliases.end())
                call->aliases.push_back(name);
    }
}

Steps PlainPlanner::add(const std::string& service, const Steps& before, Plan& plan) {
    auto& from = plans_.at(arrangement_.containers.at(service));
    if (!std::exchange(from.begun, true)) {
        for (const auto& warning : from.plan.warnings)
            plan.warnings.push_back(warning);
        for (const auto& name : from.plan.unchanged)
            plan.unchanged.push_back(name);
        for (std::size_t task = 0; task < from.plan.tasks.size(); ++task)
            if (from.services[task].empty())
                add_task(from, task, before, plan);
    }
    Steps all;
    for (std::size_t task = 0; task < from.plan.tasks.size(); ++task)
        if (from.services[task] == service)
            for (const auto step : add_task(from, task, before, plan))
                all.push_back(step);
    return all.empty() ? before : all;
}

Steps PlainPlanner::add_task(NodePlan& from, std::size_t task, const Steps& before, Plan& plan) {
    const auto& [verb, subject] = from.plan.tasks[task];
    plan.begin_task(verb, subject);
    Steps added;
    for (std::size_t i = 0; i < from.plan.steps.size(); ++i) {
        if (from.plan.steps[i].task != task)
            continue;
        auto step = from.plan.steps[i];
        step.act.node = from.node;
        for (auto& act : step.on_failure)
            act.node = from.node;
        Steps after = before;
        for (const auto earlier : step.after)
            if (const auto at = from.added.find(earlier); at != from.added.end())
                after.push_back(at->second);
        step.after = std::move(after);
        from.added[i] = plan.add(std::move(step));
        added.push_back(from.added[i]);
    }
    return added;
}

Steps PlainPlanner::remove_misplaced(const std::string& service, Plan& plan) const {
    Steps removed;
    const auto wanted = arrangement_.containers.find(service);
    for (const auto* container : observed_.containers_of(service)) {
        const bool plain = wanted != arrangement_.containers.end();
        if (plain && container->node == wanted->second)
            continue;
        removed.push_back(add_plain_removal(
            *container,
            observed_,
            {.force = true},
            options_.grace,
            plain ? "its place is on " + host_name(observed_, wanted->second)
                  : "it is a service of the swarm now",
            {},
            plan
        ));
    }
    return removed;
}

std::size_t add_plain_removal(
    const ObservedContainer& container,
    const Observed& observed,
    const RemoveContainer& how,
    std::chrono::seconds grace,
    const std::string& cause,
    const Steps& before,
    Plan& plan
) {
    plan.begin_task(container.running() ? "Stopping and removing" : "Removing", container.name);
    auto after = before;
    if (container.running())
        after = {plan.add(
            {.act = act_on(container, observed, StopContainer{container.id, grace}),
             .after = before,
             .cause = cause}
        )};
    auto call = how;
    call.id = container.id;
    return plan.add(
        {.act = act_on(container, observed, std::move(call)),
         .after = std::move(after),
         .cause = container.running() ? std::string() : cause}
    );
}

Act act_on(const ObservedContainer& container, const Observed& observed, Call call) {
    return {std::move(call), container.name, host_name(observed, container.node)};
}

} // namespace orch::compose::swarm
