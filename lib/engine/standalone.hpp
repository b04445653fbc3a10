// The manager of a standalone swarm: it speaks the Engine API for all its nodes, and some calls
// mean something else there.
#pragma once

#include "lib/engine/classic_info.hpp"
#include "lib/engine/engine.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace orch::engine {

/// One row of GET /images/json.
struct ImageSummary {
    std::string id;
    std::vector<std::string> tags;
    std::int64_t created = 0; // seconds since 1970
};

/// Throws as Engine does.
class Standalone {
  public:
    /// Shares the connection of the engine and stops with it.
    explicit Standalone(const Engine& engine) : engine_(engine) {}

    /// Whether there is such a manager at the other end. Asked once for all copies of the engine,
    /// and for most engines without a request.
    bool there();

    ClassicInfo info();

    /// What one node has.
    std::vector<ImageSummary> images(const std::string& node);

  private:
    Engine engine_;
};

} // namespace orch::engine
