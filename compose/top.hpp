// The processes that run in a project's containers.
#pragma once

#include "compose/hosts.hpp"
#include "compose/model/project.hpp"
#include "lib/engine/engine.hpp"
#include "lib/world.hpp"

#include <string>
#include <vector>

namespace orch::compose {

struct TopTable {
    std::string container;
    engine::Processes processes;
};

/// Running containers of the named services (all if none is named), one-offs too, by name.
std::vector<TopTable>
top(const Project& project, const Hosts& hosts, const std::vector<std::string>& services, Job& job);

} // namespace orch::compose
