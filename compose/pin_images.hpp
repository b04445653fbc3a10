// Images by what they are at this moment: NAME:TAG becomes NAME@DIGEST.
#pragma once

#include "compose/model/project.hpp"
#include "compose/provide_image.hpp"
#include "lib/engine/engine.hpp"
#include "lib/world.hpp"

#include <cstddef>

namespace orch::compose {

/// Asks the registries through the engine, so many at a time. What is built stays as it is. Throws
/// Error naming the service whose image has no digest.
void pin_images(
    Project& project,
    engine::Engine& engine,
    const RegistryAuth& auth,
    std::size_t parallel,
    std::stop_token stop
);

} // namespace orch::compose
