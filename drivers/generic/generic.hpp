// Driver "generic": an existing Linux host that is reached by SSH..
#pragma once

#include "drivers/driver.hpp"

namespace orch::drivers::generic {

Info info();

class Driver : public drivers::Driver {
  public:
    explicit Driver(Access access) : access_(std::move(access)) {}

    void check(const Request& request, Job& job) override;
    Record create(const Request& request, const Checkpoint& save, Job& job) override;
    State refresh(Record& record, Job& job) override;
    void power(Record& record, Power power, Job& job) override;
    void remove(const Record& record, Job& job) override;
    [[nodiscard]] Reach reach(const Record& record) const override;

  private:
    Access access_;
};

} // namespace orch::drivers::generic
