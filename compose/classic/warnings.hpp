// What means something else on a standalone swarm than on one engine. Pure.
#pragma once

#include "compose/model/service.hpp"
#include "lib/engine/classic_info.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace orch::compose::classic {

/// cpu_shares that no node has CPUs for, and folders of the project that only one node may have.
/// `dir`: of the project.
std::vector<std::string> warnings_of(
    const Service& service, const engine::ClassicInfo& info, const std::filesystem::path& dir
);

} // namespace orch::compose::classic
