// Brings the images of services to the nodes that may run them, without a registry where there is
// none.
#pragma once

#include "compose/model/project.hpp"
#include "compose/placement/placement.hpp"
#include "compose/provide_image.hpp"
#include "compose/swarm/nodes.hpp"
#include "lib/engine/engine.hpp"
#include "lib/world.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace orch::compose::swarm {

struct ProvideOptions {
    std::size_t parallel = 8;                  // nodes at the same time
    std::chrono::milliseconds stalled{60'000}; // as in CopyLimits
    RegistryAuth auth{};
};

/// What each service's image is to be called in its spec, by service. `source` is the engine that
/// has them: built or pulled there before; what is missing there and is not built is pulled first.
///
/// An image that was pulled from a registry is called by its digest, "redis@sha256:...", and every
/// node of the service's place pulls it, with the credentials; nodes that cannot be asked do so
/// when a task comes to them. One that is built, or is in no registry that a node can reach, is
/// copied to the nodes that lack its id, and called by that: no node tries to pull it. Where nodes
/// give it different ids (images in containerd here, not there), it is called by a tag of its own,
/// "web:orch-0123456789ab", which changes with the image.
///
/// Emits an event per node and image that travels, and a note naming the nodes that have it
/// already. Throws Error naming the image and the node that cannot get it; not_found for an image
/// that has to be built first.
std::map<std::string, std::string> provide_images(
    const Project& project,
    const std::vector<placement::Place>& places,
    engine::Engine& source,
    const NodeEngine& nodes,
    const ProvideOptions& options,
    Job& job
);

/// The name by which the image's registry has it, or empty: "redis@sha256:..." of "redis:7".
std::string registry_name(const engine::Image& image, const std::string& reference);

} // namespace orch::compose::swarm
