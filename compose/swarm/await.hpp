// Waits until a service runs, and tells about each of its tasks meanwhile.
#pragma once

#include "compose/swarm/convergence.hpp"
#include "lib/progress/sink.hpp"

#include <set>
#include <stop_token>
#include <string>

namespace orch::compose::swarm {

struct Awaited {
    std::string service; // "shop_web"
    std::string subject; // as people know it
    bool settled = false;
    bool fresh = true;
};

/// Throws Error(remote) when tasks fail again and again, Error(invalid) when no node takes them,
/// Error(timeout) after the time limit; each with what the engine says of the tasks.
void await_service(
    engine::Engine engine,
    const Awaited& awaited,
    const Convergence& convergence,
    tasks::Clock& clock,
    const std::stop_token& stop,
    progress::Sink& progress
);

/// Ids of the nodes that do not answer the managers.
std::set<std::string> nodes_down(engine::Engine& engine);

} // namespace orch::compose::swarm
