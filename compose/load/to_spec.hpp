// A project as a file of the Compose Specification, which `docker compose` reads.
#pragma once

#include "compose/model/project.hpp"

#include <string>

namespace orch::compose::load {

struct SpecOptions {
    bool keep_bridge = false; // the bridge and links as in version 1, not a network of the project
};

/// The text, with a comment at everything that means something else there. `project` is best loaded
/// with Source::read_profiles off: the specification names files of seccomp profiles.
std::string to_spec(const Project& project, const SpecOptions& options);

} // namespace orch::compose::load
