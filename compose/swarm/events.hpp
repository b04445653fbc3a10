// What happens to the services and containers of a project on a swarm, while it happens.
#pragma once

#include "compose/events.hpp"
#include "compose/hosts.hpp"
#include "lib/world.hpp"

namespace orch::compose::swarm {

/// Events of services, as the managers tell them, and of containers on every node that answers, of
/// which a warning names the others; one at a time, from several threads. Throws Error(cancelled)
/// when a stop is requested.
void events(
    const Project& project,
    const Hosts& hosts,
    const EventsOptions& options,
    const std::function<void(const ProjectEvent&)>& on_event,
    Job& job
);

} // namespace orch::compose::swarm
