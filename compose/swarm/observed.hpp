// What a swarm has of a project, and what it has to offer, as a value that decisions are made from.
#pragma once

#include "compose/observed.hpp"
#include "compose/placement/cluster.hpp"
#include "compose/swarm/link_names.hpp"
#include "lib/engine/services.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace orch::compose::swarm {

/// Where the host paths are that a project mounts.
struct Folders {
    std::set<std::string> here{};                           // on this computer, not empty
    std::map<std::string, std::set<std::string>> missing{}; // by host name of a node
};

struct Observed {
    std::string api; // the version that is spoken
    std::vector<engine::Node> nodes;
    placement::Cluster cluster;            // those of them that take new tasks
    std::vector<engine::Service> services; // of the project, by name
    std::vector<engine::Service> others;   // of anybody else
    std::vector<engine::Task> tasks;       // of all services
    std::vector<engine::Network> networks; // all that there are
    ImagePorts image_ports;
    std::vector<ObservedContainer> containers{}; // plain ones, of all nodes; without one-offs
    Folders folders;

    /// Null if there is no such service of the project; `name` as in the file.
    [[nodiscard]] const engine::Service* find(const std::string& name) const;

    /// Tasks of one service that are meant to run and have not ended.
    [[nodiscard]] std::vector<const engine::Task*> alive(const std::string& service_id) const;

    /// The plain containers of a service, by number.
    [[nodiscard]] std::vector<const ObservedContainer*> containers_of(const std::string& service
    ) const;

    /// By id; null if it is not there.
    [[nodiscard]] const engine::Node* node(const std::string& id) const;
};

/// Its name in the file, from its labels.
std::string name_in_file(const engine::Service& service);

/// The ports of its node that lead to a task. A manager that was restarted has forgotten what nodes
/// told about it: then those of the service, for one that runs.
std::vector<engine::PublishedPort>
ports_of(const engine::Service& service, const engine::Task& task);

/// How many tasks it has, or had before it was stopped.
int replicas_of(const engine::Service& service);

} // namespace orch::compose::swarm
