// What happens to the services of a project, while it happens.
#pragma once

#include "compose/events.hpp"

namespace orch::compose::swarm {

/// Events of services, as the managers tell them; those of containers are their nodes' own.
void events(
    const Project& project,
    engine::Engine& engine,
    const EventsOptions& options,
    const std::function<void(const ProjectEvent&)>& on_event
);

} // namespace orch::compose::swarm
