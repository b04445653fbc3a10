// Brings one image to an engine, by pull or by build, or from it to a registry, with progress as
// events.
#pragma once

#include "compose/model/project.hpp"
#include "compose/swarm/nodes.hpp"
#include "lib/engine/engine.hpp"
#include "lib/progress/sink.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace orch::compose {

/// The X-Registry-Auth value for an image's registry; empty for none.
using RegistryAuth = std::function<std::string(const std::string& reference)>;

struct BuildSettings {
    bool no_cache = false;
    bool pull = false; // fetch a newer base image
    bool force_rm = false;
    bool keep = false;        // the intermediate containers
    bool compress = false;    // what is sent
    std::uint64_t memory = 0; // bytes that a step may use; 0: no limit
    std::map<std::string, std::string> args{};
    std::map<std::string, std::string> proxies{}; // for builds and containers that set no others
    std::function<std::string()> registries{};    // the X-Registry-Config value; may be missing

    /// The engines of the nodes, where the engine in use is the manager of a standalone swarm: what
    /// is built has to come to all of them. May be missing.
    std::function<swarm::NodeEngine(const engine::Engine& manager)> nodes{};

    /// Takes whole lines of the builder, each with its end, from any thread. Where there is none
    /// they become events of the service with the line as their detail.
    std::function<void(std::string_view line)> output{};
};

/// What a pull or a push is of, and what tells about it.
struct Transfer {
    std::string reference;
    std::string subject; // as people know it: a service or the reference
    RegistryAuth auth{};
    std::function<void(std::string_view line)> output{}; // as in BuildSettings; may be missing
};

/// Layers become events whose parent is the subject. Throws what the engine or the registry says,
/// with the next step as a hint.
void pull_image(engine::Engine& engine, const Transfer& transfer, progress::Sink& progress);

/// The same the other way round; the image `source` gets the transfer's reference as a further
/// name if that is another one.
void push_image(
    engine::Engine& engine,
    const std::string& source,
    const Transfer& transfer,
    progress::Sink& progress
);

/// Returns the image's id, which old engines cut short. Throws Error "Service 'web' failed to
/// build:
/// ...".
std::string build_image(
    engine::Engine& engine,
    const Project& project,
    const Service& service,
    const BuildSettings& settings,
    progress::Sink& progress
);

} // namespace orch::compose
