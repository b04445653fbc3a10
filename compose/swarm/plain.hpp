// Services that cannot be services of a swarm (privileged, devices ...) as plain containers: all of
// one on a single node, in the project's network. They look like those of a single engine; the node
// that has them bears a mark.
#pragma once

#include "compose/model/project.hpp"
#include "compose/observed.hpp"
#include "compose/swarm/link_names.hpp"
#include "compose/swarm/nodes.hpp"
#include "compose/swarm/observed.hpp"

#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

namespace orch::compose::swarm {

/// The label of a node that has such containers of the service: "orch.c.shop.gpu".
std::string mark_of(const std::string& project, const std::string& service);

/// The service that a node's label is about; nothing for labels that are no marks of the project.
std::optional<std::string> marked_service(const std::string& label, const std::string& project);

/// Services that run as plain containers: those that cannot be anything else, if `mixed` allows it
/// or they have containers already, and those whose network, IPC or PID namespace they share.
std::set<std::string> plain_services(const Project& project, const Observed& observed, bool mixed);

/// The regular containers of the project on marked nodes that are ready, without tasks', ordered as
/// observe_containers() does. Throws Error naming a marked node that cannot be reached. Nothing
/// without `node_engine`.
std::vector<ObservedContainer> plain_containers(
    const std::vector<engine::Node>& nodes,
    const NodeEngine& node_engine,
    const std::string& project,
    const std::stop_token& stop
);

/// The running plain container of that number of a service; nothing if there is none.
std::optional<ObservedContainer> find_plain_container(
    const std::string& project,
    engine::Engine& manager,
    const NodeEngine& node_engine,
    const std::string& service,
    int index
);

/// The service as a plain container of a swarm can have it: names of the network instead of links,
/// with their variables; the volumes of services instead of `volumes_from`, but for those in
/// `beside`, which are containers of the same node.
Service as_container(
    const Project& project,
    Service service,
    const ImagePorts& image_ports,
    const std::set<std::string>& beside = {}
);

struct PlainFacts {
    std::set<std::string> services;            // that are plain containers
    std::map<std::string, std::string> images; // what nodes know them by, by service
    ImagePorts image_ports{};
};

/// The project as it is carried out: with plain services as containers have them, which their
/// configuration hash is made from.
Project with_containers(Project project, const PlainFacts& facts);

} // namespace orch::compose::swarm
