// An image from one engine to others, as a stream: it is read once for several of them, and neither
// kept on disk nor in memory.
#pragma once

#include "lib/engine/engine.hpp"
#include "lib/engine/types.hpp"
#include "lib/world.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace orch::compose::swarm {

struct ImageSource {
    engine::Engine engine;
    std::string reference; // as people know it; goes along if it is a name
    engine::Image image;
};

struct ImageTarget {
    std::string node; // as people know it
    engine::Engine engine;
};

struct CopyLimits {
    std::size_t parallel = 8;                  // nodes at a time
    std::chrono::milliseconds stalled{60'000}; // a node that takes nothing for so long has failed
};

/// Each node is tried twice. Layers that it has are left out: engines with image stores of their
/// own take that (proved with 20.10; an archive for one with images in containerd, the default of
/// engine 29, has to be whole); the second try sends everything. Emits an event per node, "IMAGE to
/// NODE", with the bytes that it has taken. Throws Error naming each node that could not get it, or
/// Error(cancelled) at once on a stop.
void copy_image(
    const ImageSource& source,
    const std::vector<ImageTarget>& targets,
    const CopyLimits& limits,
    Job& job
);

} // namespace orch::compose::swarm
