// What happens to a project's containers, while it happens.
#pragma once

#include "compose/model/project.hpp"
#include "lib/engine/engine.hpp"

#include <functional>
#include <string>
#include <vector>

namespace orch::compose {

struct EventsOptions {
    std::vector<std::string> services{}; // empty: all
    std::string since{};                 // as the engine takes it; empty: from now on
    std::string until{};                 // empty: for ever
};

struct ProjectEvent {
    std::string service;
    engine::EngineEvent event; // without docker-compose's own attributes
};

/// Events of the services' containers, one-offs too, on this thread. Throws Error(cancelled) when a
/// stop is requested.
void events(
    const Project& project,
    engine::Engine& engine,
    const EventsOptions& options,
    const std::function<void(const ProjectEvent&)>& on_event
);

} // namespace orch::compose
