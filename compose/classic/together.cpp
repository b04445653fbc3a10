#include "compose/classic/together.hpp"

#include "compose/classic/hints.hpp"

#include <algorithm>
#include <numeric>

namespace orch::compose::classic {

namespace {

/// Services that have to be on the node of this one.
std::vector<std::string> ties_of(const Service& service) {
    auto ties = service.dependencies();
    if (!links_bind(service))
        std::erase_if(ties, [&](const std::string& name) {
            const auto is_link = [&](const Link& link) { return link.service == name; };
            const bool linked = std::any_of(service.links.begin(), service.links.end(), is_link);
            const bool shared = std::any_of(
                service.volumes_from.begin(),
                service.volumes_from.end(),
                [&](const VolumesFrom& from) { return from.is_service && from.source == name; }
            );
            return linked && !shared;
        });
    return ties;
}

/// Containers outside the project that a service is tied to.
std::vector<std::string> outsiders_of(const Service& service) {
    std::vector<std::string> names;
    for (const auto& from : service.volumes_from)
        if (!from.is_service)
            names.push_back(from.source);
    if (service.network.kind == NetworkMode::Kind::container)
        names.push_back(service.network.name);
    if (links_bind(service))
        for (const auto& link : service.external_links)
            names.push_back(link.service);
    return names;
}

/// Sets that grow together.
class Union {
  public:
    explicit Union(std::size_t size) : parents_(size) {
        std::iota(parents_.begin(), parents_.end(), std::size_t{0});
    }

    std::size_t root(std::size_t item) const {
        while (parents_[item] != item)
            item = parents_[item];
        return item;
    }

    void join(std::size_t a, std::size_t b) { parents_[root(b)] = root(a); }

  private:
    std::vector<std::size_t> parents_;
};

/// What is outside cannot be moved, so it decides.
std::string node_of(const Project& project, const Observed& observed, const Group& group) {
    std::vector<std::string> outside;
    std::vector<std::string> inside;
    for (const auto& name : group.services) {
        for (const auto& outsider : outsiders_of(*project.find(name)))
            if (const auto found = observed.outsiders.find(outsider);
                found != observed.outsiders.end())
                outside.push_back(found->second.host);
        for (const auto* container : observed.of(name))
            inside.push_back(container->host);
    }
    const auto decided = most_common(outside);
    return decided.empty() ? most_common(inside) : decided;
}

} // namespace

bool links_bind(const Service& service) {
    return service.network.kind != NetworkMode::Kind::mode || service.network.name == "bridge" ||
           service.network.name == "default";
}

std::string most_common(const std::vector<std::string>& nodes) {
    std::map<std::string, int> counts;
    for (const auto& node : nodes)
        if (!node.empty())
            ++counts[node];
    const auto most =
        std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) {
            return a.second < b.second;
        });
    return most == counts.end() ? "" : most->first;
}

std::string node_of_links(const Service& service, const Observed& observed) {
    std::vector<std::string> nodes;
    if (links_bind(service))
        for (const auto& name : service.dependencies())
            for (const auto* container : observed.of(name))
                nodes.push_back(container->host);
    return most_common(nodes);
}

std::vector<std::string>
Group::hints_beside(const Project& project, const std::string& service) const {
    std::vector<std::string> hints;
    for (const auto& name : services) {
        if (name == service)
            continue;
        for (auto& hint : hints_for_neighbours(*project.find(name), members))
            if (std::find(hints.begin(), hints.end(), hint) == hints.end())
                hints.push_back(std::move(hint));
    }
    return hints;
}

Together::Together(const Project& project, const Observed& observed) {
    if (!observed.standalone)
        return;
    const auto& services = project.services;
    std::map<std::string, std::size_t> numbers;
    for (std::size_t i = 0; i < services.size(); ++i)
        numbers[services[i].name] = i;
    Union sets(services.size());
    for (std::size_t i = 0; i < services.size(); ++i)
        for (const auto& other : ties_of(services[i]))
            if (const auto found = numbers.find(other); found != numbers.end())
                sets.join(found->second, i);
    std::map<std::size_t, Group> groups;
    for (std::size_t i = 0; i < services.size(); ++i)
        groups[sets.root(i)].services.insert(services[i].name);
    for (auto& [root, group] : groups) {
        group.node = node_of(project, observed, group);
        if (group.services.size() < 2 && outsiders_of(services[root]).empty())
            continue;
        for (const auto& name : group.services) {
            group.members.insert(project.container_name(*project.find(name), 1));
            index_[name] = groups_.size();
        }
        groups_.push_back(std::move(group));
    }
}

Group* Together::group_of(const std::string& service) {
    const auto found = index_.find(service);
    return found == index_.end() ? nullptr : &groups_[found->second];
}

const Group* Together::group_of(const std::string& service) const {
    const auto found = index_.find(service);
    return found == index_.end() ? nullptr : &groups_[found->second];
}

} // namespace orch::compose::classic
