// Brings one image to an engine: by pull or by build, with progress as events.
#pragma once

#include "compose/model/project.hpp"
#include "lib/engine/engine.hpp"
#include "lib/progress/sink.hpp"

#include <functional>
#include <map>
#include <string>

namespace orch::compose {

/// The X-Registry-Auth value for an image's registry; empty for none.
using RegistryAuth = std::function<std::string(const std::string& reference)>;

struct BuildSettings {
    bool no_cache = false;
    bool pull = false; // fetch a newer base image
    bool force_rm = false;
    std::map<std::string, std::string> args{};
};

/// Layers become events whose parent is the reference.
void pull_image(
    engine::Engine& engine,
    const std::string& reference,
    const RegistryAuth& auth,
    progress::Sink& progress
);

/// Every line of the builder becomes an event of the service with the line as its detail. Throws
/// Error(remote) "Service 'web' failed to build: ...".
void build_image(
    engine::Engine& engine,
    const Project& project,
    const Service& service,
    const BuildSettings& settings,
    progress::Sink& progress
);

} // namespace orch::compose
