#include "compose/swarm/events.hpp"

#include "compose/swarm/service_spec.hpp"

#include <map>

namespace orch::compose::swarm {

void events(
    const Project& project,
    engine::Engine& engine,
    const EventsOptions& options,
    const std::function<void(const ProjectEvent&)>& on_event
) {
    std::map<std::string, std::string> services; // by their names in the swarm
    for (const auto* service : project.select(options.services, false))
        services[service_name(project, *service)] = service->name;
    engine.events(
        {{"type", {"service"}}},
        options.since,
        [&](const engine::EngineEvent& event) {
            const auto name = event.attributes.find("name");
            if (name == event.attributes.end())
                return true;
            if (const auto service = services.find(name->second); service != services.end())
                on_event({.service = service->second, .event = event});
            return true;
        },
        options.until
    );
}

} // namespace orch::compose::swarm
