// The engines behind the manager of a standalone swarm: those of the machines in the store whose
// address it has.
#pragma once

#include "lib/engine/engine.hpp"
#include "machine/context.hpp"

#include <memory>
#include <stop_token>
#include <string>

namespace orch::machine::swarm {

class ClassicEngines {
  public:
    /// Nothing is sent before the first of().
    ClassicEngines(const Context& context, engine::Engine manager, std::stop_token stop);
    ~ClassicEngines();

    /// By the node's name. Throws Error(not_found) for a node that the swarm does not have or no
    /// machine is. Any thread; the engine lives as long as this.
    engine::Engine& of(const std::string& node);

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace orch::machine::swarm
