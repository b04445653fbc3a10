// Sends a signal to running containers, all at once.
#pragma once

#include "compose/hosts.hpp"
#include "compose/model/project.hpp"
#include "compose/selection.hpp"
#include "lib/world.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace orch::compose {

struct KillOptions {
    std::vector<std::string> services{}; // empty: all
    std::string signal = "SIGKILL";
    std::size_t parallel = 8;
};

/// Acts on the regular containers of the services: running ones.
Outcome kill(const Project& project, const Hosts& hosts, const KillOptions& options, Job& job);

} // namespace orch::compose
