#include "compose/events.hpp"

#include "lib/base/error.hpp"
#include "lib/engine/standalone.hpp"

#include <set>

namespace orch::compose {

void events(
    const Project& project,
    engine::Engine& engine,
    const EventsOptions& options,
    const std::function<void(const ProjectEvent&)>& on_event
) {
    std::set<std::string> services;
    for (const auto* service : project.select(options.services, false))
        services.insert(service->name);
    if (!options.since.empty() && engine::Standalone(engine).there())
        throw Error(
            Kind::unsupported, "a standalone swarm keeps no events: --since is not supported there"
        )
            .hint("without it events are told from now on");
    const engine::Filters filters{
        {"type", {"container"}}, {"label", {std::string(labels::project) + "=" + project.name}}};
    engine.events(
        filters,
        options.since,
        [&](const engine::EngineEvent& event) {
            const auto service = event.attributes.find(labels::service);
            if (service == event.attributes.end() || !services.contains(service->second))
                return true;
            ProjectEvent shown{.service = service->second, .event = event};
            std::erase_if(shown.event.attributes, [](const auto& attribute) {
                return attribute.first.starts_with("com.docker.compose.");
            });
            on_event(shown);
            return true;
        },
        options.until
    );
}

} // namespace orch::compose
