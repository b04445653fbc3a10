// A service of a version 1 file as a service of an engine swarm: the body of
// POST /services/create (ServiceSpec in the Engine API reference).
#pragma once

#include "compose/model/project.hpp"
#include "compose/placement/placement.hpp"
#include "compose/swarm/labels.hpp"
#include "compose/swarm/link_names.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace orch::compose::swarm {

/// What the cluster decides.
struct SpecFacts {
    std::string image;   // what the nodes know it by: a name, a digest, an id
    std::string network; // id of the project's network, or of the one that `net:` names
    int replicas = 1;
    placement::Place place{}; // constraints of both kinds are sent
    ImagePorts image_ports{};
};

/// "<project>_<service>"
std::string service_name(const Project& project, const Service& service);

/// The project's network: "<project>_default".
std::string network_name(const Project& project);

/// The volume that stands for an anonymous one, so that its data outlives a task:
/// "<project>_<service>_<digest of its path>".
std::string volume_name(const Project& project, const Service& service, const std::string& target);

/// `service` without its placement hints; keys of its shortcomings are left out.
nlohmann::json service_spec(const Project& project, const Service& service, const SpecFacts& facts);

/// The spec's fingerprint, without what no new task follows from: how many there are, the names
/// that only a single one has, which release of orch wrote it.
std::string spec_hash(const Project& project, const Service& service, const SpecFacts& facts);

} // namespace orch::compose::swarm
