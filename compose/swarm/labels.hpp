// Labels by which orch knows what it has done to a swarm.
#pragma once

#include <string>
#include <string_view>

namespace orch::compose::swarm::labels {

/// Of docker stack: its commands find our services by it.
inline constexpr const char* stack = "com.docker.stack.namespace";
inline constexpr const char* stack_image = "com.docker.stack.image";

// On the service only: changing one of these restarts nothing.

/// SHA-256 of the spec as it was sent, but for what may change without a new task.
inline constexpr const char* spec_hash = "orch.spec-hash";
/// On a service that is stopped: how many tasks it had.
inline constexpr const char* stopped = "orch.stopped";
/// The node that has the volumes of the service: it goes nowhere else.
inline constexpr const char* volume_node = "orch.volume-node";

// On plain containers.

/// The names that the container has in its network, with commas between.
inline constexpr const char* aliases = "orch.aliases";

} // namespace orch::compose::swarm::labels
