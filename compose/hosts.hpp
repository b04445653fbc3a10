// Where the containers of a project run: on one engine, or on the nodes of a swarm.
#pragma once

#include "compose/observed.hpp"
#include "compose/swarm/nodes.hpp"
#include "lib/engine/engine.hpp"

#include <string>
#include <utility>
#include <vector>

namespace orch::compose {

class Hosts {
  public:
    /// One engine. Not explicit: what is about containers works on it as on the nodes of a swarm.
    Hosts(engine::Engine& engine) : engine_(&engine) {}

    Hosts(engine::Engine& manager, swarm::NodeEngine nodes)
        : engine_(&manager), nodes_(std::move(nodes)) {}

    /// The engine, or the swarm's manager.
    [[nodiscard]] engine::Engine& front() const { return *engine_; }

    [[nodiscard]] bool swarm() const { return nodes_ != nullptr; }

    /// Of a swarm.
    [[nodiscard]] const swarm::NodeEngine& nodes() const { return nodes_; }

    /// The engine that the container runs on. Throws Error naming a node that cannot be reached.
    engine::Engine& of(const ObservedContainer& container) const {
        return container.node.empty() ? *engine_ : nodes_(container.node);
    }

  private:
    engine::Engine* engine_;
    swarm::NodeEngine nodes_;
};

} // namespace orch::compose
