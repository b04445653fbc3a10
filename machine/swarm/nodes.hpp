// The nodes of a cluster with what runs on them: what `orch machine swarm ps` shows.
#pragma once

#include "lib/engine/swarm.hpp"
#include "machine/context.hpp"

#include <string>
#include <vector>

namespace orch::machine::swarm {

struct NodeRow {
    engine::Node node;
    std::string machine; // of this store; empty for other nodes
    int running = 0;     // tasks
    std::int64_t reserved_nano_cpus = 0;
    std::int64_t reserved_memory = 0;
};

/// Asks a manager of the cluster that the machine belongs to; without a name, of the only cluster
/// in the store. In natural order of host names. Throws Error: invalid if the machine is in no
/// engine swarm, not_found or conflict without a name, network if no manager answers.
std::vector<NodeRow> nodes(const std::string& machine, const Context& context, Job& job);

} // namespace orch::machine::swarm
