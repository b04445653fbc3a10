#include "compose/swarm/port.hpp"

#include "compose/swarm/names.hpp"
#include "compose/swarm/observe.hpp"
#include "lib/base/error.hpp"

#include <fmt/format.h>

namespace orch::compose::swarm {

std::optional<std::string>
port(const Project& project, engine::Engine& engine, const PortOptions& options) {
    static_cast<void>(project.select({options.service}, false)); // throws if there is none
    const auto observed = observe_services(engine, project.name);
    const auto names = node_names(observed.nodes);
    if (const auto* service = observed.find(options.service))
        for (const auto* task : observed.alive(service->id)) {
            if (task->slot != options.index || task->state != "running")
                continue;
            for (const auto& port : ports_of(*service, *task))
                if (port.container_port == options.port && port.protocol == options.protocol)
                    return fmt::format("{}:{}", names.address_of(task->node), port.host_port);
            return std::nullopt;
        }
    throw Error(
        orch::Kind::not_found, "No container found for {}_{}", options.service, options.index
    )
        .hint("orch compose ps {} shows what there is", options.service);
}

} // namespace orch::compose::swarm
