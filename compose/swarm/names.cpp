#include "compose/swarm/names.hpp"

namespace orch::compose::swarm {

const std::string& NodeNames::of(const std::string& id) const {
    const auto found = names.find(id);
    return found == names.end() || found->second.empty() ? id : found->second;
}

const std::string& NodeNames::address_of(const std::string& id) const {
    const auto found = addresses.find(id);
    return found == addresses.end() || found->second.empty() ? of(id) : found->second;
}

NodeNames node_names(const std::vector<engine::Node>& nodes) {
    NodeNames result;
    for (const auto& node : nodes) {
        result.names[node.id] = node.hostname;
        result.addresses[node.id] = node.address;
        if (!node.ready())
            result.down.insert(node.id);
    }
    return result;
}

std::string
task_name(const engine::Service& service, const engine::Task& task, const NodeNames& names) {
    return service.name + "_" + (task.slot > 0 ? std::to_string(task.slot) : names.of(task.node));
}

} // namespace orch::compose::swarm
