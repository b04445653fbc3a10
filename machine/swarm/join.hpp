// How a machine becomes a node of an engine swarm, whoever comes first.
#pragma once

#include "lib/base/secret.hpp"
#include "machine/context.hpp"

namespace orch::machine::swarm {

/// Makes the machine's engine the node that its options ask for, and saves that it is: the first
/// master makes the swarm, further masters join as managers, agents as workers. Which one is first
/// is decided under a lock of the store; the others wait for it within a time limit and say so. A
/// node that is what it should be is left alone, one that lost its membership joins anew. A master
/// that is no agent takes no tasks. `token` is for clusters outside this store only: tokens of
/// their own managers are asked for at the moment of the join and kept nowhere. Throws Error:
/// conflict for a node of another swarm, timeout when no manager appears, naming what is wrong with
/// it.
void join(
    Machine& machine,
    const drivers::Reach& reach,
    const Secret& token,
    const Context& context,
    Job& job
);

} // namespace orch::machine::swarm
