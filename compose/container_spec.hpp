// The body of POST /containers/create for one container of a service: every key of a version 1
// file, and every difference between API versions.
#pragma once

#include "compose/model/project.hpp"
#include "compose/plan.hpp"

#include <nlohmann/json_fwd.hpp>

#include <map>
#include <string>
#include <vector>

namespace orch::compose {

/// What the file does not say: facts of the project, the plan and the moment.
struct ContainerFacts {
    std::string image;                                   // reference
    std::string image_id{};                              // of that reference now
    std::vector<std::string> depends_on{};               // ids
    std::map<std::string, std::string> link_variables{}; // where the engine does not set them
    std::map<std::string, std::string> link_addresses{}; // those in them, by container name
    std::map<std::string, std::string> proxies{};        // of docker's configuration
    std::vector<std::string> hints{};                    // for a standalone swarm
    bool endpoint_mac = false; // MacAddress belongs to the endpoint: API >= 1.44
    bool share_ipc = false;    // others join its IPC namespace, private by default: API >= 1.40
};

/// A container of the service that is never started: it keeps the volumes of the one before it, and
/// the next look at the project finds that it is not what the file asks for.
nlohmann::json keeper_body(
    const Project& project,
    const Service& service,
    const CreateContainer& call,
    const std::vector<std::string>& hints
);

nlohmann::json create_body(
    const Project& project,
    const Service& service,
    const CreateContainer& call,
    const ContainerFacts& facts
);

} // namespace orch::compose
