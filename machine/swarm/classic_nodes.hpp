// The nodes of a standalone swarm, as its manager has them.
#pragma once

#include "lib/engine/classic_info.hpp"
#include "machine/context.hpp"

#include <optional>
#include <string>
#include <vector>

namespace orch::machine::swarm {

struct ClassicRow {
    engine::ClassicNode node;
    std::string machine; // of this store; empty for other nodes
};

/// The discovery of the standalone swarm that is meant: that of the machine or, without a name, the
/// only one with a master in the store where there is no engine swarm. Nothing if that is none.
std::optional<std::string> standalone_discovery(const std::string& machine, const Store& store);

/// Asks the managers among the machines until one answers, in natural order of names. Throws
/// Error(network) if none does.
std::vector<ClassicRow>
classic_nodes(const std::string& discovery, const Context& context, Job& job);

} // namespace orch::machine::swarm
