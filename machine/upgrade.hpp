// A newer engine on a machine.
#pragma once

#include "machine/context.hpp"
#include "machine/provision/provision.hpp"

#include <string>

namespace orch::machine {

/// Starts the host if it does not run, upgrades the package that its engine comes from, and
/// restarts the engine if it was replaced; the configuration stays. The machine stays running.
/// Returns the versions before and after. Throws Error: invalid if the machine's create did not
/// finish, unsupported where its driver provisions nothing or the engine is part of the system.
provision::Versions
upgrade(const std::string& name, const std::string& owner, const Context& context, Job& job);

} // namespace orch::machine
