// One shape for many commands: the same call for every container that needs it, in some order.
#pragma once

#include "compose/hosts.hpp"
#include "compose/model/project.hpp"
#include "compose/selection.hpp"
#include "lib/world.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace orch::compose {

struct Deed {
    const char* verb = ""; // "Stopping"
    Order order = Order::any;
    bool running_only = false; // those that do not run count as not there
    std::function<bool(const ObservedContainer&)> concerns; // whether it is to be done to this one
    std::function<Call(const ObservedContainer&)> call;
};

/// Does it to the regular containers of the named services (all if none is named), those of tasks
/// of a swarm, too. Throws as
/// execute() does, and Error(not_found) for a service that the file does not have.
Outcome act_on_each(
    const Project& project,
    const Hosts& hosts,
    const std::vector<std::string>& services,
    const Deed& deed,
    std::size_t parallel,
    Job& job
);

} // namespace orch::compose
