#include "compose/swarm/observed.hpp"

#include "compose/model/project.hpp"
#include "compose/swarm/convergence.hpp"
#include "compose/swarm/labels.hpp"

#include <algorithm>
#include <charconv>

namespace orch::compose::swarm {

const engine::Service* Observed::find(const std::string& name) const {
    const auto found =
        std::find_if(services.begin(), services.end(), [&](const engine::Service& service) {
            return name_in_file(service) == name;
        });
    return found == services.end() ? nullptr : &*found;
}

std::vector<const engine::Task*> Observed::alive(const std::string& service_id) const {
    std::vector<const engine::Task*> result;
    for (const auto& task : tasks)
        if (task.service == service_id && !has_ended(task) &&
            (task.desired == "running" || task.desired == "ready"))
            result.push_back(&task);
    return result;
}

std::vector<const ObservedContainer*> Observed::containers_of(const std::string& service) const {
    std::vector<const ObservedContainer*> found;
    for (const auto& container : containers)
        if (container.service == service)
            found.push_back(&container);
    return found;
}

const engine::Node* Observed::node(const std::string& id) const {
    const auto found = std::find_if(nodes.begin(), nodes.end(), [&](const engine::Node& node) {
        return node.id == id;
    });
    return found == nodes.end() ? nullptr : &*found;
}

std::string name_in_file(const engine::Service& service) {
    return service.label(compose::labels::service);
}

std::vector<engine::PublishedPort>
ports_of(const engine::Service& service, const engine::Task& task) {
    return task.ports.empty() && task.state == "running" ? service.ports : task.ports;
}

int replicas_of(const engine::Service& service) {
    const auto word = service.label(labels::stopped);
    int remembered = 0;
    std::from_chars(word.data(), word.data() + word.size(), remembered);
    return remembered > 0 ? remembered : service.replicas;
}

} // namespace orch::compose::swarm
