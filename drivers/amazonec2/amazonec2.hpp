// Driver "amazonec2": instances of AWS EC2.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/
#pragma once

#include "drivers/driver.hpp"
#include "lib/os/environment.hpp"

namespace orch::drivers::amazonec2 {

Info info();

class Driver : public drivers::Driver {
  public:
    Driver(Access access, os::Environment environment)
        : access_(std::move(access)), environment_(std::move(environment)) {}

    void check(const Request& request, Job& job) override;
    Record create(const Request& request, const Checkpoint& save, Job& job) override;
    Record adopt(const Request& request, const std::string& id, Job& job) override;
    [[nodiscard]] std::string host_id(const Record& record) const override;
    State refresh(Record& record, Job& job) override;
    void power(Record& record, Power power, Job& job) override;
    void remove(const Record& record, Job& job) override;
    [[nodiscard]] Reach reach(const Record& record) const override;

  private:
    Access access_;
    os::Environment environment_;
};

} // namespace orch::drivers::amazonec2
