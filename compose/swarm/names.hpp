// How the parts of a swarm are called in front of people.
#pragma once

#include "lib/engine/services.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace orch::compose::swarm {

struct NodeNames {
    std::map<std::string, std::string> names; // host names by id
    std::map<std::string, std::string> addresses;
    std::set<std::string> down; // ids of those that do not answer

    /// The host name; the id of a node that is no longer there.
    [[nodiscard]] const std::string& of(const std::string& id) const;

    /// Its address; the host name if it has none.
    [[nodiscard]] const std::string& address_of(const std::string& id) const;
};

NodeNames node_names(const std::vector<engine::Node>& nodes);

/// "shop_web_1": as the container of that number is called on a single engine. Where one task runs
/// on every node, the node's name stands for the number.
std::string task_name(const engine::Service& service, const engine::Task& task, const NodeNames&);

} // namespace orch::compose::swarm
