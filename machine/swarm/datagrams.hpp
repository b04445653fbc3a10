// Whether UDP packets get from one node of a swarm to another. Nothing answers them, so the system
// that they are for is asked how many it has got.
#pragma once

#include "lib/ssh/shell.hpp"
#include "machine/context.hpp"

#include <string>

namespace orch::machine::swarm {

/// Prints how many packets have come in since the host's start: the kernel's own counters.
std::string datagrams_script();

/// Sends a few packets to a port and prints "@@orch sent N"; nothing if the host has no means to.
std::string send_script(const std::string& host, int port);

/// Sends packets both ways between a node that has just joined and one that was there before, to
/// the ports of the swarm, and warns about a way where none arrive. Says nothing where nothing can
/// be found out. Throws Error(cancelled) only.
void check_datagrams(
    const Machine& machine,
    const drivers::Reach& reach,
    ssh::Shell& shell,
    const Context& context,
    Job& job
);

} // namespace orch::machine::swarm
