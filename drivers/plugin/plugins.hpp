// The driver plugins of this computer, found on PATH when somebody names them.
#pragma once

#include "drivers/plugin/driver.hpp"
#include "drivers/registry.hpp"

#include <condition_variable>
#include <map>

namespace orch::drivers::plugin {

class Plugins : public Outside {
  public:
    explicit Plugins(const os::Environment& environment, const Limits& limits = {});

    const Row* find(std::string_view name) override;
    std::vector<std::string> names() override;
    void learn(std::string_view name, std::chrono::milliseconds limit, const std::stop_token& stop)
        override;

  private:
    struct Pool;

    [[nodiscard]] std::optional<Program> program_of(std::string_view name) const;

    const std::string path_;
    const std::vector<std::string> environment_;
    const Limits limits_;
    std::shared_ptr<Pool> pool_; // drivers use it, too

    std::mutex mutex_; // guards the next; rows stay where they are
    std::map<std::string, std::unique_ptr<Row>, std::less<>> rows_;
};

} // namespace orch::drivers::plugin
