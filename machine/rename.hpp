// Giving a machine another name.
#pragma once

#include "machine/context.hpp"

#include <string>

namespace orch::machine {

/// Renames the machine in the store: directory, recorded paths and names, docker contexts, and what
/// other machines record of it as their swarm's discovery. The host is not asked; its own name
/// changes with the next reprovision(). A kill at any moment leaves a machine that works, under one
/// of the two names. Throws Error: not_found, conflict if `to` exists or one of them is being
/// worked on, invalid for a bad name, unsupported if the driver finds its host by the machine's
/// name.
Machine rename(const std::string& from, const std::string& to, const Context& context, Job& job);

} // namespace orch::machine
