// QEMU's programs, for drivers that call them: what they are told is remembered, nothing is run.
#pragma once

#include "lib/process/runner.hpp"

#include <deque>
#include <string>
#include <vector>

namespace orch::test {

/// qemu-img makes empty files; QEMU starts, unless a refusal is waiting.
class FakeQemu : public process::Runner {
  public:
    process::Outcome run(const process::Command& command, const std::stop_token& stop) override;
    int run_attached(const process::Command& command) override;

    /// Whether a word of the last call holds that.
    [[nodiscard]] bool said_last(const std::string& part) const;

    std::vector<std::vector<std::string>> calls;
    std::string version = "7.2.22";
    std::string info = R"({"format": "qcow2", "virtual-size": 1073741824})";
    std::deque<std::string> launch_refusals; // what QEMU prints
    std::deque<std::string> trial_refusals;
    int launches = 0;
    int trials = 0;

  private:
    [[nodiscard]] process::Outcome image(const std::vector<std::string>& argv) const;
};

} // namespace orch::test
