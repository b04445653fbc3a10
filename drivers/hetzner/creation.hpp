// One create, step by step.
#pragma once

#include "drivers/driver.hpp"
#include "drivers/hetzner/project.hpp"
#include "drivers/kit/creation.hpp"

#include <optional>
#include <string>

namespace orch::drivers::hetzner {

/// The placement group that orch shares out, with --hetzner-auto-spread.
inline constexpr auto group_name = "orch-spread";

class Creation : kit::CreationSteps {
  public:
    Creation(
        const Access& access,
        Project& project,
        const Request& request,
        Record& record,
        const Checkpoint& save,
        Job& job
    )
        : CreationSteps(access, request, record, save, job), project_(project) {}

    /// Keys, firewall, server; returns when it runs and has an address. Every id is saved as soon
    /// as it is known.
    void run();

  private:
    long long ensure_key(const std::string& line, const std::string& name, bool& existing);
    void make_keys();
    std::optional<long long> placement_group();
    Json public_net();
    Json server_body(const Json& type, const Json& image);
    void make_server(const Json& type, const Json& image);
    void wait_until_running();
    void make_firewall();

    Project& project_;
};

} // namespace orch::drivers::hetzner
