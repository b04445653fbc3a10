// A driver that is a program of its own, docker-machine-driver-NAME: it is asked, and what it says
// of itself is kept word for word.
#pragma once

#include "drivers/driver.hpp"
#include "drivers/plugin/session.hpp"

#include <functional>
#include <memory>

namespace orch::drivers::plugin {

/// The session of one machine, running or not; the same for everybody who asks during one command.
using Sessions = std::function<std::shared_ptr<Session>(const Access&)>;

/// The record is the plugin's own JSON, and beside it (beside_record) what it said about the way to
/// the host: it knows that only while it is asked.
class Driver : public drivers::Driver {
  public:
    Driver(Access access, Sessions sessions);

    void check(const Request& request, Job& job) override;
    Record create(const Request& request, const Checkpoint& save, Job& job) override;
    State refresh(Record& record, Job& job) override;
    void power(Record& record, Power power, Job& job) override;
    void remove(const Record& record, Job& job) override;
    [[nodiscard]] Reach reach(const Record& record) const override;
    [[nodiscard]] bool knows_reach(const Record& record) const override;

  private:
    std::shared_ptr<Session> session();

    const Access access_;
    const Sessions sessions_;
    std::mutex mutex_; // guards the next
    std::shared_ptr<Session> session_;
};

} // namespace orch::drivers::plugin
