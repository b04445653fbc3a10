// Driver "virtualbox": a machine is a VM of VirtualBox on this computer. Its first card leads
// outside and has a port of this computer forwarded to sshd; the second one is in a network that
// this computer and all its machines share.
#pragma once

#include "drivers/virtualbox/calls.hpp"
#include "drivers/virtualbox/power.hpp"

namespace orch::drivers::virtualbox {

class Driver : public drivers::Driver {
  public:
    Driver(Access access, Host host)
        : access_(std::move(access)), host_(std::move(host)),
          vbox_(access_.world, host_.environment) {}

    void check(const Request& request, Job& job) override;
    Record create(const Request& request, const Checkpoint& save, Job& job) override;
    State refresh(Record& record, Job& job) override;
    void power(Record& record, Power power, Job& job) override;
    void remove(const Record& record, Job& job) override;
    std::optional<Replaced> upgrade(Record& record, Job& job) override;
    [[nodiscard]] Reach reach(const Record& record) const override;

  private:
    [[nodiscard]] Bench bench(Job& job) { return {access_, host_, vbox_, job}; }

    void check_virtualbox(const Request& request, const Job& job);
    void check_network(const Request& request, const Version& version, const Job& job);
    [[nodiscard]] Record draft(const Request& request) const;

    Access access_;
    Host host_;
    VBoxManage vbox_;
};

} // namespace orch::drivers::virtualbox
