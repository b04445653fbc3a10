// What is at the other end: containers or services are made there.
#pragma once

#include "lib/base/error.hpp"
#include "lib/engine/engine.hpp"

#include <string>
#include <utility>
#include <vector>

namespace orch::compose::swarm {

enum class Kind {
    engine,     // or a standalone swarm, which behaves like one: containers
    standalone, // the manager of a standalone swarm
    services,   // a manager of an engine swarm
};

/// What people ask for: as it is, or one of the two in any case.
enum class Target { automatic, engine, swarm };

/// A worker was asked for services.
class NotAManager : public Error {
  public:
    NotAManager(Error error, std::vector<std::string> managers)
        : Error(std::move(error)), managers_(std::move(managers)) {}

    /// "10.0.0.7:2377"; what the worker knows of.
    [[nodiscard]] const std::vector<std::string>& managers() const { return managers_; }

  private:
    std::vector<std::string> managers_;
};

/// Throws NotAManager for a worker of an engine swarm, Error(conflict) for an engine whose swarm is
/// locked or not joined yet, and for `Target::swarm` where there is no swarm.
Kind kind_of(const engine::SwarmState& state, const std::string& endpoint, Target target);

/// Asks the engine, one that is in no swarm by the cheapest question there is.
Kind find_kind(engine::Engine& engine, Target target);

} // namespace orch::compose::swarm
