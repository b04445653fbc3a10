// The images that a project's containers were made from.
#pragma once

#include "compose/hosts.hpp"
#include "compose/model/project.hpp"
#include "lib/engine/engine.hpp"
#include "lib/world.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace orch::compose {

struct ImagesRow {
    std::string container;
    std::string repository; // "<none>" if the image has no name any more
    std::string tag;
    std::string id;         // with its "sha256:"
    std::uint64_t size = 0; // bytes
};

/// Containers of the named services (all if none is named), one-offs only while they run, by name.
std::vector<ImagesRow> images(
    const Project& project, const Hosts& hosts, const std::vector<std::string>& services, Job& job
);

} // namespace orch::compose
