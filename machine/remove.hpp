// Taking machines away.
#pragma once

#include "machine/context.hpp"

#include <string>

namespace orch::machine {

/// Takes the machine out of its swarm, removes the host with its driver, then the machine's
/// directory and the docker contexts that orch wrote for it. With `force` the directory goes
/// whatever the driver says; the failure is still thrown, afterwards. A machine whose create was
/// killed before anything existed, or that has no config.json yet, needs no force.
void remove(const std::string& name, bool force, const Context& context, Job& job);

} // namespace orch::machine
