// The engines of a swarm's nodes: those of the machines in the store that are these nodes.
#pragma once

#include "lib/engine/engine.hpp"
#include "machine/context.hpp"

#include <memory>
#include <stop_token>
#include <string>

namespace orch::machine::swarm {

class NodeEngines {
  public:
    /// `manager` says which nodes there are and is itself the engine of its node, however it is
    /// reached. Nothing is sent before the first of().
    NodeEngines(const Context& context, engine::Engine manager, std::stop_token stop);
    ~NodeEngines();

    /// By node id or host name. Machines that are likely to be the node by their membership or
    /// address are asked first, all others only if it is none of those; each for some seconds.
    /// Throws Error: not_found for a node that the swarm does not have or no machine is, conflict
    /// for a host name of several nodes, network if its machine does not answer. Any thread; the
    /// engine lives as long as this.
    engine::Engine& of(const std::string& node);

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace orch::machine::swarm
