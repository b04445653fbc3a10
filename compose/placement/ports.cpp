#include "compose/placement/ports.hpp"

namespace orch::compose::placement {

std::optional<std::string> shared_port(const Wish& a, const Wish& b) {
    for (const auto& port : a.ports)
        if (b.ports.contains(port))
            return port;
    return std::nullopt;
}

Error no_room_for_ports(const Wish& a, const Wish& b) {
    return std::move(Error(
                         Kind::invalid,
                         "Services \"{}\" and \"{}\" both publish port {} of their host, and there "
                         "are not enough nodes to keep them apart",
                         a.service,
                         b.service,
                         shared_port(a, b).value_or("")
    )
                         .hint("give one of them another host port, or the swarm a further node"));
}

} // namespace orch::compose::placement
