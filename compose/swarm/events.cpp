#include "compose/swarm/events.hpp"

#include "compose/swarm/service_spec.hpp"
#include "lib/base/error.hpp"
#include "lib/progress/sink.hpp"
#include "lib/tasks/group.hpp"

#include <map>
#include <mutex>

namespace orch::compose::swarm {

namespace {

using OnEvent = std::function<void(const ProjectEvent&)>;

void service_events(
    const Project& project,
    engine::Engine engine,
    const EventsOptions& options,
    const OnEvent& on_event
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

} // namespace

void events(
    const Project& project,
    const Hosts& hosts,
    const EventsOptions& options,
    const OnEvent& on_event,
    Job& job
) {
    std::mutex mutex; // held while an event is told
    const OnEvent tell = [&](const ProjectEvent& event) {
        const std::lock_guard lock(mutex);
        on_event(event);
    };
    const auto nodes = hosts.front().list_nodes();
    tasks::Group group(nodes.size() + 1, job.stop);
    group.spawn([&](const std::stop_token& stop) {
        service_events(project, hosts.front().with(stop), options, tell);
    });
    for (const auto& node : nodes)
        group.spawn([&](const std::stop_token& stop) {
            try {
                auto engine = hosts.nodes()(node.id).with(stop);
                compose::events(project, engine, options, tell);
            } catch (const Error& error) {
                if (error.kind() == orch::Kind::cancelled)
                    throw;
                job.progress.emit(
                    {.id = project.name,
                     .status = progress::Status::warning,
                     .text =
                         "events of node " + node.hostname + " are not seen: " + error.message()}
                );
            }
        });
    group.wait();
}

} // namespace orch::compose::swarm
