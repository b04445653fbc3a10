// Where the services of a project may run, decided before anything is changed. Pure.
#pragma once

#include "compose/model/project.hpp"
#include "compose/placement/placement.hpp"
#include "compose/swarm/observed.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace orch::compose::swarm {

struct ArrangeOptions {
    std::vector<std::string> services{}; // with what they depend on; empty: all
    bool no_deps = false;
    std::map<std::string, int> scale{}; // services not named here keep the number they have
    bool warn_only = false;             // what a service cannot have is left out, with a warning
    bool mixed = false;                 // such a service becomes a plain container instead
};

/// A folder that is to be made on a node.
struct NodeFolder {
    std::string node; // host name
    std::string path;
    std::string service; // that mounts it
    bool operator==(const NodeFolder&) const = default;
};

struct Arrangement {
    Project project;                      // without the placement hints
    std::set<std::string> selected;       // services that are acted on
    std::vector<placement::Place> places; // of those and of what is there already
    std::vector<placement::NodeLabel> labels;
    std::map<std::string, int> replicas;             // by service, of the places
    std::map<std::string, std::string> networks;     // what each service is on, by name
    std::map<std::string, std::string> containers;   // ids of nodes, of services that are plain
    std::set<std::string> plain;                     // all of those, in no place too
    std::map<std::string, std::string> volume_nodes; // ids, of services that stay with their data
    std::vector<NodeFolder> folders;
    std::vector<std::string> warnings;

    /// Null if the service has no place: it is not acted on and not there.
    [[nodiscard]] const placement::Place* place(const std::string& service) const;
};

/// Throws Error: invalid for hints that no node meets, for tasks that no node has room for and for
/// volumes on a node that is not there; unsupported for what a service cannot have
/// and for folders that nodes lack; not_found for
/// services and networks that do not exist; conflict for a service of that name which is none of
/// ours.
Arrangement
arrange(const Project& project, const Observed& observed, const ArrangeOptions& options);

/// A line per service: the nodes that may run it, and what ruled the others out.
std::string explanation(const Arrangement& arrangement);

} // namespace orch::compose::swarm
