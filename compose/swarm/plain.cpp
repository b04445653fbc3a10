#include "compose/swarm/plain.hpp"

#include "compose/observe.hpp"
#include "compose/swarm/labels.hpp"
#include "compose/swarm/service_spec.hpp"
#include "compose/swarm/support.hpp"
#include "lib/base/text.hpp"
#include "lib/tasks/group.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

namespace orch::compose::swarm {

namespace {

constexpr std::size_t parallel_nodes = 32;

std::string marks_of(const std::string& project) { return "orch.c." + project + "."; }

bool cannot_be_service(const Service& service, const std::string& api) {
    const auto lacks = shortcomings(service, api);
    return std::any_of(lacks.begin(), lacks.end(), [](const auto& lack) { return lack.fatal; });
}

/// Services that this one shares a namespace with.
std::vector<std::string> shared_with(const Service& service) {
    std::vector<std::string> names;
    if (service.network.kind == NetworkMode::Kind::service)
        names.push_back(service.network.name);
    constexpr std::string_view prefix = "service:";
    for (const auto& space : {service.ipc, service.pid})
        if (space.starts_with(prefix))
            names.push_back(space.substr(prefix.size()));
    return names;
}

/// Volumes of other services as services have them: what nobody named has a name there.
void take_volumes_over(const Project& project, const Service& from, bool read_only, Service& to) {
    for (auto volume : from.volumes) {
        const bool known =
            std::any_of(to.volumes.begin(), to.volumes.end(), [&](const Volume& own) {
                return own.target == volume.target;
            });
        if (known)
            continue;
        if (volume.anonymous())
            volume.source = volume_name(project, from, volume.target);
        if (read_only)
            volume.mode = "ro";
        to.volumes.push_back(std::move(volume));
    }
    for (const auto& source : from.volumes_from)
        if (const auto* further = source.is_service ? project.find(source.source) : nullptr)
            take_volumes_over(project, *further, read_only || source.mode == "ro", to);
}

bool has_network(const Service& service) {
    return service.network.kind == NetworkMode::Kind::mode && service.network.name != "host" &&
           service.network.name != "none";
}

void join_network(const Project& project, Service& service) {
    auto& network = service.network;
    const bool usual =
        network.kind == NetworkMode::Kind::bridge ||
        (network.kind == NetworkMode::Kind::mode &&
         (network.name == "bridge" || network.name == "default" || network.name.empty()));
    if (usual)
        network = {NetworkMode::Kind::mode, network_name(project)};
}

} // namespace

std::string mark_of(const std::string& project, const std::string& service) {
    return marks_of(project) + service;
}

std::optional<std::string> marked_service(const std::string& label, const std::string& project) {
    const auto begin = marks_of(project);
    return label.starts_with(begin) ? std::optional(label.substr(begin.size())) : std::nullopt;
}

std::set<std::string> plain_services(const Project& project, const Observed& observed, bool mixed) {
    std::set<std::string> names;
    std::vector<std::string> open;
    for (const auto& service : project.services)
        if (cannot_be_service(service, observed.api) &&
            (mixed || !observed.containers_of(service.name).empty()))
            open.push_back(service.name);
    while (!open.empty()) {
        const auto name = open.back();
        open.pop_back();
        const auto* service = project.find(name);
        if (service == nullptr || !names.insert(name).second)
            continue;
        for (auto& other : shared_with(*service))
            open.push_back(std::move(other));
    }
    return names;
}

std::vector<ObservedContainer> plain_containers(
    const std::vector<engine::Node>& nodes,
    const NodeEngine& node_engine,
    const std::string& project,
    const std::stop_token& stop
) {
    if (!node_engine)
        return {};
    std::mutex mutex; // guards `found` while tasks run
    std::vector<ObservedContainer> found;
    tasks::Group group(parallel_nodes, stop);
    for (const auto& node : nodes) {
        const bool marked =
            std::any_of(node.labels.begin(), node.labels.end(), [&](const auto& label) {
                return marked_service(label.first, project).has_value();
            });
        if (marked && node.ready())
            group.spawn([&](const std::stop_token& token) {
                auto engine = node_engine(node.id).with(token);
                auto containers = observe_containers(engine, project);
                const std::lock_guard lock(mutex);
                for (auto& container : containers) {
                    if (container.oneoff)
                        continue;
                    container.node = node.id;
                    found.push_back(std::move(container));
                }
            });
    }
    group.wait();
    std::sort(found.begin(), found.end(), in_order);
    return found;
}

std::optional<ObservedContainer> find_plain_container(
    const std::string& project,
    engine::Engine& manager,
    const NodeEngine& node_engine,
    const std::string& service,
    int index
) {
    auto nodes = manager.list_nodes(); // others need not be reached for it
    std::erase_if(nodes, [mark = mark_of(project, service)](const engine::Node& node) {
        return !node.labels.contains(mark);
    });
    for (auto& container : plain_containers(nodes, node_engine, project, {}))
        if (container.service == service && container.number == index && container.running())
            return std::move(container);
    return std::nullopt;
}

Service as_container(
    const Project& project,
    Service service,
    const ImagePorts& image_ports,
    const std::set<std::string>& beside
) {
    for (const auto& [name, value] : link_variables(project, service, image_ports))
        service.environment.emplace(name, value);
    const auto sources = std::exchange(service.volumes_from, {});
    for (const auto& from : sources) {
        const auto* source = from.is_service ? project.find(from.source) : nullptr;
        if (source == nullptr || beside.contains(from.source))
            service.volumes_from.push_back(from);
        else
            take_volumes_over(project, *source, from.mode == "ro", service);
    }
    service.links.clear(); // names of the network
    return service;
}

Project with_containers(Project project, const PlainFacts& facts) {
    const auto original = project;
    for (auto& service : project.services) {
        if (!facts.services.contains(service.name))
            continue;
        const auto image = facts.images.find(service.name);
        const auto reference =
            image == facts.images.end() ? original.image_of(service) : image->second;
        for (auto& volume : service.volumes)
            if (volume.anonymous())
                volume.source = volume_name(original, service, volume.target);
        const auto names = aliases(original, service, 0);
        service = as_container(original, std::move(service), facts.image_ports, facts.services);
        service.build.reset();
        service.image = reference;
        join_network(original, service);
        if (has_network(service))
            service.labels[labels::aliases] = text::join(names, ",");
    }
    return project;
}

} // namespace orch::compose::swarm
