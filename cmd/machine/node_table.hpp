// How `swarm ps` shows nodes: the table, a template, JSON.
#pragma once

#include "machine/swarm/classic_nodes.hpp"
#include "machine/swarm/nodes.hpp"

#include <string>
#include <vector>

namespace orch::cmd::machine {

/// Without `format` a table; "json": an array of objects; otherwise a Go template for each node.
/// Throws Error(invalid) for a broken template or an unknown field.
std::string
node_text(const std::vector<orch::machine::swarm::NodeRow>& rows, const std::string& format);

/// The same for a standalone swarm.
std::string
node_text(const std::vector<orch::machine::swarm::ClassicRow>& rows, const std::string& format);

} // namespace orch::cmd::machine
