// Links on a project's network: the names under which services find each other, and the environment
// variables that links brought, with the name in place of the address.
#pragma once

#include "compose/model/project.hpp"

#include <map>
#include <string>
#include <vector>

namespace orch::compose::swarm {

/// Names of the service on the project's network: its own, those that links give it, and while it
/// has one task those of its container ("db_1", "shop_db_1"). Sorted.
std::vector<std::string> aliases(const Project& project, const Service& service, int replicas);

/// Ports that images declare, "6379/tcp", by service.
using ImagePorts = std::map<std::string, std::vector<std::string>>;

/// DB_NAME, DB_PORT, DB_PORT_6379_TCP_ADDR ..., DB_ENV_X, and the same for DB_1 and SHOP_DB_1.
std::map<std::string, std::string>
link_variables(const Project& project, const Service& service, const ImagePorts& image_ports);

} // namespace orch::compose::swarm
