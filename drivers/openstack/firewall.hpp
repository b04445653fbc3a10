// Security groups that orch makes: one for each machine, with what the machine needs from outside,
// and one that the nodes of swarms share, for what they tell each other.
#pragma once

#include "drivers/kit/cloud.hpp"
#include "drivers/openstack/project.hpp"

#include <string>
#include <vector>

namespace orch::drivers::openstack {

/// Makes the groups of a machine where they are missing; their ids. The marked name of the record
/// is the machine's group's, so that it is found again.
std::vector<std::string> make_groups(
    Project& project,
    const Access& access,
    const Job& job,
    const Record& record,
    const std::vector<kit::Opening>& openings,
    const std::string& cidr
);

/// Removes the machine's group, and the shared one if no server is in it any more.
void remove_groups(Project& project, const Access& access, const Job& job, const Record& record);

} // namespace orch::drivers::openstack
