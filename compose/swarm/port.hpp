// Where the port of a task or plain container can be reached: on its node.
#pragma once

#include "compose/hosts.hpp"
#include "compose/port.hpp"

namespace orch::compose::swarm {

/// "10.0.0.7:8000"; nothing if it is not published. Throws Error(not_found) "No container found for
/// S_N" if no task of that slot runs.
std::optional<std::string>
port(const Project& project, const Hosts& hosts, const PortOptions& options);

} // namespace orch::compose::swarm
