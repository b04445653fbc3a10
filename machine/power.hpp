// Starting and stopping hosts.
#pragma once

#include "machine/context.hpp"

#include <string>

namespace orch::machine {

/// Does it, waits until the host is in the state that was asked for, and saves what the driver
/// learned. Throws Error(conflict) "Machine X is already running." if it is in that state.
void power(const std::string& name, drivers::Power power, const Context& context, Job& job);

} // namespace orch::machine
