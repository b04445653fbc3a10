// Driver "google": instances of Google Compute Engine.
// https://docs.cloud.google.com/compute/docs/reference/rest/v1
#pragma once

#include "drivers/driver.hpp"
#include "lib/os/environment.hpp"

namespace orch::drivers::google {

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

} // namespace orch::drivers::google
