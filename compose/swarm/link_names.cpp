#include "compose/swarm/link_names.hpp"

#include "compose/converge/link_variables.hpp"

#include <charconv>
#include <set>

namespace orch::compose::swarm {

namespace {

/// The first container's names, as engines called it.
std::vector<std::string> container_names(const Project& project, const Service& service) {
    return {service.name + "_1", project.name + "_" + service.name + "_1"};
}

engine::PublishedPort to_port(const std::string& text) {
    engine::PublishedPort port{.protocol = "tcp"};
    const auto slash = text.find('/');
    std::from_chars(text.data(), text.data() + std::min(slash, text.size()), port.container_port);
    if (slash != std::string::npos)
        port.protocol = text.substr(slash + 1);
    return port;
}

/// The target as a container that answers to `host`.
engine::Container container_of(
    const Service& target, const std::vector<std::string>& image_ports, const std::string& host
) {
    engine::Container container{.addresses = {{"bridge", host}}};
    for (const auto* ports : {&target.ports, &target.expose})
        for (const auto& port : *ports)
            container.ports.push_back(
                {.container_port = port.container_port, .protocol = port.protocol}
            );
    for (const auto& port : image_ports)
        container.ports.push_back(to_port(port));
    for (const auto& [name, value] : target.environment)
        if (value)
            container.env.push_back(name + "=" + *value);
    return container;
}

} // namespace

std::vector<std::string> aliases(const Project& project, const Service& service, int replicas) {
    std::set<std::string> names{service.name};
    if (replicas == 1)
        for (auto& name : container_names(project, service))
            names.insert(std::move(name));
    if (replicas == 1 && !service.container_name.empty())
        names.insert(service.container_name);
    for (const auto& consumer : project.services)
        for (const auto& link : consumer.links)
            if (link.service == service.name)
                names.insert(link.alias);
    return {names.begin(), names.end()};
}

std::map<std::string, std::string>
link_variables(const Project& project, const Service& service, const ImagePorts& image_ports) {
    std::map<std::string, std::string> variables;
    const auto consumer = project.name + "_" + service.name + "_1";
    for (const auto& link : service.links) {
        const auto* target = project.find(link.service);
        if (target == nullptr)
            continue;
        auto names = container_names(project, *target);
        names.push_back(link.alias);
        const auto ports = image_ports.find(link.service);
        const auto container = container_of(
            *target,
            ports == image_ports.end() ? std::vector<std::string>{} : ports->second,
            link.alias
        );
        for (const auto& name : names)
            add_link_variables(consumer, name, container, variables);
    }
    return variables;
}

} // namespace orch::compose::swarm
