// `up` without -d: stays with the containers, shows what they say, and stops them at the end.
#pragma once

#include "cmd/session.hpp"
#include "compose/logs.hpp"
#include "lib/engine/engine.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace orch::cmd::compose {

struct AttachedOptions {
    orch::compose::AttachOptions what{};
    std::vector<std::string> stopped{}; // services that are stopped at the end; empty: all
    std::string exit_code_from{};
    std::chrono::seconds grace{10};
    bool prefix = true;
    bool color = true;
    bool services = false; // of a swarm
};

/// Returns the exit code: 0 after Ctrl-C, 2 after a second one, that of the container whose end
/// ended all, or that of `exit_code_from`.
int stay_attached(
    const orch::compose::Project& project,
    engine::Engine& engine,
    const AttachedOptions& options,
    Session& session
);

/// What a first Ctrl-C does, for when it came before there was anything to show. Returns 0, after a
/// second one 2.
int stop_gracefully(
    const orch::compose::Project& project,
    engine::Engine& engine,
    const AttachedOptions& options,
    Session& session
);

} // namespace orch::cmd::compose
