// Driver "qemu": a machine is a virtual machine on this computer, a process of QEMU that orch
// starts itself and asks over its socket.
#pragma once

#include "drivers/driver.hpp"
#include "drivers/kit/images.hpp"
#include "drivers/qemu/process.hpp"
#include "lib/os/environment.hpp"

namespace orch::drivers::qemu {

class Driver : public drivers::Driver {
  public:
    Driver(Access access, os::Environment environment)
        : access_(std::move(access)), environment_(std::move(environment)) {}

    void check(const Request& request, Job& job) override;
    Record create(const Request& request, const Checkpoint& save, Job& job) override;
    State refresh(Record& record, Job& job) override;
    void power(Record& record, Power power, Job& job) override;
    void remove(const Record& record, Job& job) override;
    [[nodiscard]] Reach reach(const Record& record) const override;

  private:
    [[nodiscard]] Place place(const Record& record) const;

    [[nodiscard]] std::filesystem::path file(const char* name) const { return access_.dir / name; }

    void require_image(const kit::ImageSource& source, Job& job) const;
    [[nodiscard]] Record draft(const Wishes& wishes) const;
    void join_cluster(const Checkpoint& save, Record& record, Job& job) const;
    void make_guest(const Wishes& wishes, Record& record, Job& job) const;
    void choose_ports(Record& record) const;
    [[nodiscard]] Launch launch_of(const Record& record) const;
    void start(Record& record, const Checkpoint& save, Job& job) const;

    Access access_;
    os::Environment environment_;
};

} // namespace orch::drivers::qemu
