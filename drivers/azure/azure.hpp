// Driver "azure": virtual machines of Microsoft Azure, through the Resource Manager.
// https://learn.microsoft.com/rest/api/compute/virtual-machines
#pragma once

#include "drivers/azure/login.hpp"
#include "drivers/driver.hpp"
#include "lib/os/environment.hpp"

#include <memory>

namespace orch::drivers::azure {

class Arm;

Info info();

class Driver : public drivers::Driver {
  public:
    /// Drivers that share `tokens` log in once for all of their machines.
    Driver(
        Access access,
        os::Environment environment,
        std::shared_ptr<Tokens> tokens = std::make_shared<Tokens>()
    )
        : access_(std::move(access)), environment_(std::move(environment)),
          tokens_(std::move(tokens)) {}

    void check(const Request& request, Job& job) override;
    Record create(const Request& request, const Checkpoint& save, Job& job) override;
    Record adopt(const Request& request, const std::string& id, Job& job) override;
    State refresh(Record& record, Job& job) override;
    [[nodiscard]] std::string host_id(const Record& record) const override;
    void power(Record& record, Power power, Job& job) override;
    void remove(const Record& record, Job& job) override;
    [[nodiscard]] Reach reach(const Record& record) const override;

  private:
    Arm arm_of(const Record& record, const Job& job);

    Access access_;
    os::Environment environment_;
    std::shared_ptr<Tokens> tokens_;
};

} // namespace orch::drivers::azure
