// Starting and stopping hosts.
#pragma once

#include "machine/context.hpp"

#include <string>

namespace orch::machine {

/// Does it, waits until the host is in the state that was asked for, and saves what the driver
/// learned. After a start or restart it also waits for SSH and for the engine; if the host has
/// another address now, the engine gets a certificate for it (`owner` as in CreateRequest). A
/// restart of a host that does not run is a start. A node of a swarm leaves it before a stop, and
/// joins it again after a start; with `force` a stop goes on where that is refused. Throws
/// Error(conflict) "Machine X is already running." if it is in that state, Error(not_found) if the
/// host is gone.
void power(
    const std::string& name,
    drivers::Power power,
    const std::string& owner,
    const Context& context,
    Job& job,
    bool force = false
);

} // namespace orch::machine
