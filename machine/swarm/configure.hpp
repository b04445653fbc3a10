// The last step of provisioning a machine that is part of a swarm.
#pragma once

#include "lib/base/secret.hpp"
#include "lib/ssh/shell.hpp"
#include "machine/context.hpp"

namespace orch::machine::swarm {

/// Brings the machine into its cluster, of whatever kind: looks first at what the host lacks for
/// it and names that, then joins the engine swarm (see join()) or runs the containers of the
/// standalone one, whose engines become an engine swarm too, for networks across machines. Changes
/// nothing on a machine that is right. Throws as those do.
void configure(
    Machine& machine,
    const drivers::Reach& reach,
    ssh::Shell& shell,
    const Secret& token,
    const Context& context,
    Job& job
);

} // namespace orch::machine::swarm
