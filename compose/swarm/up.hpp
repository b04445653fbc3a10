// Brings a project up as services of a swarm: images, networks, labels, services; only what
// differs.
#pragma once

#include "compose/swarm/nodes.hpp"
#include "compose/up.hpp"

namespace orch::compose::swarm {

struct UpOptions {
    compose::UpOptions common{}; // what means nothing to services is left aside
    NodeEngine node_engine{};
    bool warn_only = false; // what a service cannot have is left out, with a warning
    bool mixed = false;     // such a service becomes a plain container on one node instead
    bool explain = false;   // with dry_run: the table of the nodes instead of the plan
};

/// Throws as arrange() does before anything is changed, then as execute() does. Returns when the
/// services run.
UpResult up(const Project& project, engine::Engine& engine, const UpOptions& options, Job& job);

} // namespace orch::compose::swarm
