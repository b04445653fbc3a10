// The swarm that a master of old days manages, and where it answers.
#pragma once

#include "machine/connection.hpp"

#include <chrono>
#include <string>

namespace orch::machine {

/// Checks the value of --swarm-host, "tcp://0.0.0.0:3376": the port must be there. Throws
/// Error(usage).
void check_swarm_host(const std::string& host);

/// The port of --swarm-host; throws as check_swarm_host().
int swarm_port(const std::string& host);

/// Whether the discovery asks for the standalone swarm, with a manager in a container of its own:
/// consul, etcd, zk, nodes, file.
bool is_standalone_swarm(const std::string& discovery);

/// The machine's URL with the port of its swarm manager.
std::string swarm_url(const std::string& url, const SwarmOptions& swarm);

/// Where the swarm of this master is to be asked, proved to answer: the manager's container if
/// there is one, else the engine itself. Throws Error: invalid if the machine is no master, network
/// "Maybe swarm is not started", and as check_tls().
std::string check_swarm(
    const Context& context,
    const Machine& machine,
    const std::string& url,
    std::chrono::milliseconds timeout,
    const std::stop_token& stop
);

} // namespace orch::machine
