#include "compose/swarm/port.hpp"

#include "compose/swarm/names.hpp"
#include "compose/swarm/observe.hpp"
#include "compose/swarm/plain.hpp"
#include "lib/base/error.hpp"

#include <fmt/format.h>

namespace orch::compose::swarm {

namespace {

/// "0.0.0.0" and "::" are addresses of the node.
bool is_any(const std::string& ip) { return ip.empty() || ip == "0.0.0.0" || ip == "::"; }

std::optional<std::string> port_of(
    const ObservedContainer& container,
    engine::Engine& engine,
    const std::string& address,
    const PortOptions& options
) {
    const auto details = engine.inspect_container(container.id);
    if (details)
        for (const auto& port : details->ports)
            if (port.container_port == options.port && port.protocol == options.protocol &&
                port.host_port != 0)
                return fmt::format("{}:{}", is_any(port.ip) ? address : port.ip, port.host_port);
    return std::nullopt;
}

} // namespace

std::optional<std::string>
port(const Project& project, const Hosts& hosts, const PortOptions& options) {
    static_cast<void>(project.select({options.service}, false)); // throws if there is none
    if (const auto plain = find_plain_container(
            project.name, hosts.front(), hosts.nodes(), options.service, options.index
        )) {
        const auto names = node_names(hosts.front().list_nodes());
        return port_of(*plain, hosts.of(*plain), names.address_of(plain->node), options);
    }
    const auto observed = observe_services(hosts.front(), project.name);
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
