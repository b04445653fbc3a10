// Turns placement hints into what an engine swarm understands. Pure: the hints are judged here, on
// the cluster as it is, so a hint that cannot be met is known before anything is changed.
#pragma once

#include "compose/placement/cluster.hpp"
#include "compose/placement/hints.hpp"

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace orch::compose::placement {

/// A service of the project as far as its place depends on it.
struct Wish {
    std::string service;
    Hints hints{};
    std::map<std::string, std::string> labels{}; // of its containers, our own ones too
    std::vector<std::string> with{};             // services that must share its node
    int replicas = 1;
    bool one_per_node = false;     // it publishes a port of its host
    bool one_node = false;         // all of it is on a single node, which is chosen here
    std::string at{};              // id of the node that has it already
    std::set<std::string> ports{}; // of its host, "8080/tcp"
};

struct Ruling {
    std::string expression;         // "constraint:storage==ssd"
    std::vector<std::string> out{}; // names of the nodes that it ruled out
    bool dropped = false;           // a soft one that could not be met
};

/// "orch.g.shop.db=1" on a node.
struct NodeLabel {
    std::string node; // id
    std::string key;
    bool operator==(const NodeLabel&) const = default;
};

struct Place {
    std::string service;
    std::vector<std::string> constraints{}; // for TaskTemplate.Placement.Constraints
    std::vector<std::string> at_first{};    // soft ones: only until the tasks run
    int max_replicas = 0;                   // per node; 0: as many as there are
    std::vector<std::string> nodes{};       // names of those that may run it
    std::vector<Ruling> rulings{};
};

struct Placement {
    std::vector<Place> places;     // one per wish, in their order
    std::vector<NodeLabel> labels; // that the nodes must have before the services come
    std::vector<std::string> warnings;
};

/// Throws Error(invalid) in the words of the standalone swarm ("Unable to find a node that
/// satisfies the following conditions ...") with a line per node: why not this one.
Placement
place(const std::string& project, const std::vector<Wish>& wishes, const Cluster& cluster);

} // namespace orch::compose::placement
