#include "compose/selection.hpp"

#include "compose/observe.hpp"
#include "compose/swarm/plain.hpp"
#include "compose/swarm/task_containers.hpp"
#include "lib/base/error.hpp"

#include <algorithm>
#include <set>

namespace orch::compose {

namespace {

using Steps = std::vector<std::size_t>;

/// Services that come before each service; those that are not in the file come at any time.
std::map<std::string, std::set<std::string>> predecessors(const Project& project, Order order) {
    std::map<std::string, std::set<std::string>> result;
    if (order == Order::any)
        return result;
    for (const auto& service : project.services)
        for (const auto& dependency : service.dependencies())
            if (order == Order::dependencies_first)
                result[service.name].insert(dependency);
            else
                result[dependency].insert(service.name);
    return result;
}

std::vector<std::string> in_turn(const Project& project, Order order) {
    std::vector<std::string> names;
    for (const auto& service : project.services)
        names.push_back(service.name);
    if (order == Order::dependants_first)
        std::reverse(names.begin(), names.end());
    return names;
}

} // namespace

std::vector<ObservedContainer> containers_of(
    const Project& project,
    std::vector<ObservedContainer> containers,
    const std::vector<std::string>& services,
    Oneoffs oneoffs
) {
    std::set<std::string> names;
    for (const auto* service : project.select(services, false))
        names.insert(service->name);
    std::erase_if(containers, [&](const ObservedContainer& container) {
        return (container.oneoff && oneoffs == Oneoffs::without) ||
               !names.contains(container.service);
    });
    return containers;
}

ObservedContainer running_container(
    const Project& project, const Hosts& hosts, const std::string& service, int index
) {
    if (hosts.swarm()) {
        if (auto plain = swarm::find_plain_container(
                project.name, hosts.front(), hosts.nodes(), service, index
            ))
            return std::move(*plain);
        return swarm::find_task_container(project, hosts.front(), service, index);
    }
    for (auto& container : containers_of(
             project, observe_containers(hosts, project.name), {service}, Oneoffs::without
         ))
        if (container.number == index && container.running())
            return container;
    throw Error(Kind::not_found, "No container found for {}_{}", service, index)
        .hint("orch compose ps {} shows what there is", service);
}

std::vector<std::size_t> add_for_each(
    Plan& plan,
    const Project& project,
    const std::vector<ObservedContainer>& containers,
    Order order,
    const AddSteps& add
) {
    Steps all;
    std::map<std::string, Steps> last; // service -> what the next in turn wait for
    const auto before = predecessors(project, order);
    const auto visit = [&](const std::string& service) {
        Steps after;
        if (const auto found = before.find(service); found != before.end())
            for (const auto& earlier : found->second)
                after.insert(after.end(), last[earlier].begin(), last[earlier].end());
        Steps own;
        for (const auto& container : containers)
            if (container.service == service)
                own.push_back(add(plan, container, after));
        all.insert(all.end(), own.begin(), own.end());
        last[service] = own.empty() ? after : own; // nothing to do: the order goes on through it
    };
    for (const auto& service : in_turn(project, order))
        visit(service);
    for (const auto& container : containers)
        if (project.find(container.service) == nullptr)
            all.push_back(add(plan, container, {}));
    return all;
}

std::size_t add_task(
    Plan& plan,
    const char* verb,
    const ObservedContainer& container,
    Call call,
    std::vector<std::size_t> before
) {
    plan.begin_task(verb, container.name);
    return plan.add(
        {.act = {std::move(call), container.name, container.node}, .after = std::move(before)}
    );
}

std::size_t add_removal(
    Plan& plan, const ObservedContainer& container, bool volumes, std::vector<std::size_t> before
) {
    return add_task(
        plan,
        "Removing",
        container,
        RemoveContainer{.id = container.id, .volumes = volumes},
        std::move(before)
    );
}

void add_volume_removals(
    Plan& plan,
    const std::vector<ObservedContainer>& containers,
    const std::vector<std::size_t>& removed
) {
    std::set<std::string> volumes;
    for (const auto& container : containers)
        volumes.insert(container.carried_volumes.begin(), container.carried_volumes.end());
    for (const auto& volume : volumes)
        plan.add({.act = {RemoveVolume{volume}, volume}, .after = removed});
}

std::vector<std::string> names_of(const std::vector<ObservedContainer>& containers) {
    std::vector<std::string> names;
    for (const auto& container : containers)
        names.push_back(container.name);
    return names;
}

} // namespace orch::compose
