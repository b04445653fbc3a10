// Machines that get into a swarm after they were made, and out of it again.
#pragma once

#include "lib/base/secret.hpp"
#include "machine/context.hpp"

#include <string>

namespace orch::machine::swarm {

/// Makes a ready machine a member by these options, as `create` with them would have. If that
/// fails the options are kept, so that `provision` goes on. Throws Error: conflict if it is a
/// member of a swarm already, invalid if it is not ready, and as configure().
void add(
    const std::string& name,
    const SwarmOptions& wanted,
    const Secret& token,
    const std::string& owner,
    const Context& context,
    Job& job
);

/// Takes it out again and forgets that it was in. With `force` also an engine that is in a swarm
/// which orch does not know. Throws as leave(), and Error(invalid) if it is in none.
void take_out(const std::string& name, bool force, const Context& context, Job& job);

} // namespace orch::machine::swarm
