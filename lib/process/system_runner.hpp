// The Runner that starts real programs.
#pragma once

#include "lib/os/environment.hpp"
#include "lib/process/runner.hpp"

namespace orch::process {

class SystemRunner : public Runner {
  public:
    /// Children inherit `environment`, and its PATH is where programs are looked up.
    explicit SystemRunner(os::Environment environment = os::Environment::snapshot())
        : environment_(std::move(environment)) {}

    /// The child leads a process group of its own; timeout and stop end the whole group. What a
    /// grandchild writes after the child has ended is not waited for.
    Outcome run(const Command& command, const std::stop_token& stop) override;

    int run_attached(const Command& command) override;

  private:
    os::Environment environment_;
};

} // namespace orch::process
