// The volumes that a project's containers use.
#pragma once

#include "compose/model/project.hpp"
#include "lib/engine/engine.hpp"

#include <string>
#include <vector>

namespace orch::compose {

struct VolumeRow {
    std::string name;
    std::string driver;
    bool anonymous = false;
    bool operator==(const VolumeRow&) const = default;
};

/// Those mounted in regular containers of the named services (all if none is named), by name.
std::vector<VolumeRow>
volumes(const Project& project, engine::Engine& engine, const std::vector<std::string>& services);

} // namespace orch::compose
