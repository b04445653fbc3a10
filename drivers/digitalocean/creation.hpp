// One create of a droplet, step by step.
#pragma once

#include "drivers/digitalocean/account.hpp"
#include "drivers/kit/creation.hpp"

namespace orch::drivers::digitalocean {

class Creation : kit::CreationSteps {
  public:
    /// The record has the mark and is saved already.
    Creation(
        const Access& access,
        Account& account,
        const Request& request,
        Record& record,
        const Checkpoint& save,
        Job& job
    )
        : CreationSteps(access, request, record, save, job), account_(account) {}

    /// Key, firewall, droplet, address: each is saved as soon as it is known. Throws what Account
    /// throws, Error(timeout), Error(remote) for a droplet that fails.
    void run();

  private:
    void make_key();
    void make_firewall();
    void make_droplet();
    void wait_until_active();

    Account& account_;
};

} // namespace orch::drivers::digitalocean
