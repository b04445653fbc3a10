// The real World. Each edge is made when it is first used: libraries that are not needed cost
// nothing at start-up.
#pragma once

#include "lib/os/environment.hpp"
#include "lib/world.hpp"

#include <memory>

namespace orch::cmd {

class Edges {
  public:
    /// `environment` must outlive it.
    explicit Edges(const os::Environment& environment);
    ~Edges();
    Edges(const Edges&) = delete;
    Edges& operator=(const Edges&) = delete;

    [[nodiscard]] World& world() noexcept { return world_; }

  private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
    World world_;
};

} // namespace orch::cmd
