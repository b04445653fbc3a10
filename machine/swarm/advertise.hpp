// The address under which a machine's engine is known to the others of its swarm.
#pragma once

#include "drivers/driver.hpp"
#include "machine/machine.hpp"

#include <string>

namespace orch::machine::swarm {

/// --swarm-addr, else where the driver says that other machines reach it; no name is looked up.
std::string cluster_address(const Machine& machine, const drivers::Reach& reach);

/// The same for an engine; a name is looked up, for engines take addresses only.
/// Throws Error(invalid) for an address that others cannot reach, like 127.0.0.1.
std::string advertised(const Machine& machine, const drivers::Reach& reach);

/// Where the engine listens for an advertised address, which may have a port of its own.
std::string listen_address(const std::string& advertised);

} // namespace orch::machine::swarm
