// An image from one engine to others, as a stream: it is read once for several of them, and neither
// kept on disk nor in memory.
#pragma once

#include "lib/engine/engine.hpp"
#include "lib/engine/types.hpp"
#include "lib/world.hpp"

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

/// At most `parallel` nodes at a time. Each is tried twice. Layers that a node has are left out:
/// engines with image stores of their own take that (proved with 20.10; an archive with images in
/// containerd, the default of engine 29, has to be whole); the second try sends everything. Emits
/// an event per node, "IMAGE to NODE", with the bytes that it has taken. Throws Error naming each
/// node that could not get it, or Error(cancelled) at once on a stop.
void copy_image(
    const ImageSource& source,
    const std::vector<ImageTarget>& targets,
    std::size_t parallel,
    Job& job
);

} // namespace orch::compose::swarm
