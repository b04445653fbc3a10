// Driver "docker": a machine is a container on an engine that is there already, with systemd, sshd
// and an engine of its own inside.
#pragma once

#include "drivers/docker/container.hpp"
#include "drivers/driver.hpp"
#include "lib/engine/engine.hpp"

namespace orch::drivers::docker {

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
    [[nodiscard]] engine::Engine
    connect(const std::string& host, const std::string& certificates, const Job& job) const;
    [[nodiscard]] engine::Engine connect(const Record& record, const Job& job) const;
    [[nodiscard]] std::filesystem::path lock_file(const char* what) const;
    Record draft(const Request& request, const Wishes& wishes) const;
    Plan plan_for(engine::Engine& engine, const Record& record, const Wishes& wishes) const;
    void make_container(engine::Engine& engine, Plan& plan, Record& record, Job& job) const;

    Access access_;
};

} // namespace orch::drivers::docker
