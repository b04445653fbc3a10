// One create, step by step.
#pragma once

#include "drivers/kit/creation.hpp"
#include "drivers/openstack/project.hpp"
#include "drivers/openstack/wishes.hpp"

#include <string>
#include <vector>

namespace orch::drivers::openstack {

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

    /// Makes all, and puts into the record what it is called; saves that after each step.
    void run();

  private:
    void note_choice();
    void make_key();
    [[nodiscard]] std::vector<std::string> groups();
    [[nodiscard]] Json disk() const;
    [[nodiscard]] Json server_body();
    [[nodiscard]] Json post_server(const Json& body);
    void make_server();
    void wait_until_active();
    [[nodiscard]] std::string port();
    [[nodiscard]] std::optional<Json> spare_address(const std::string& port);
    void make_floating_address();

    Project& project_;
    Choice choice_;
};

/// What this create has told Neutron of a floating IP address that it made.
std::string address_description(const Record& record);

/// The floating IP addresses that this create has made.
std::vector<Json> marked_addresses(Project& project, const Record& record);

} // namespace orch::drivers::openstack
