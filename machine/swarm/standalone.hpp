// The standalone swarm of docker-machine's days: a manager and agents in containers, which find
// each other in a key-value store, a list or a file.
#pragma once

#include "lib/engine/engine.hpp"
#include "machine/context.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace orch::machine::swarm {

/// A container that a member runs.
struct Part {
    std::string name;    // "swarm-agent-master", "swarm-agent"
    nlohmann::json body; // of the create call
};

/// The containers of the machine, the manager first, exactly as docker-machine makes them. `dir` is
/// where the engine's certificates are on the host. Throws Error(usage) for an option of
/// --swarm-opt or --swarm-join-opt that the image does not know: it would start again for ever.
std::vector<Part>
parts_of(const Machine& machine, const drivers::Reach& reach, const std::string& dir);

/// Whether the container that is there is this part, of this image.
bool is_same(const engine::Container& container, const Part& part, const std::string& image_id);

/// Whether the engine must be told to accept what the managers speak (see
/// orch-swarm(7), STANDALONE SWARMS).
bool needs_lower_api(const engine::Version& version);

/// Pulls the image, makes the containers that are missing or differ, removes those that the machine
/// has no more, and waits within a time limit until the manager answers and knows the machine. Says
/// what it waited for in vain. Throws Error as docker-machine does: "Unable to pull image: ...".
void run_parts(
    const Machine& machine,
    const drivers::Reach& reach,
    const std::string& dir,
    const Context& context,
    Job& job
);

/// Removes the containers. Those that are gone already are fine.
void remove_parts(const Machine& machine, const Context& context, Job& job);

} // namespace orch::machine::swarm
