// Services that publish the same port of their host cannot share one.
#pragma once

#include "compose/placement/placement.hpp"
#include "lib/base/error.hpp"

#include <optional>
#include <string>

namespace orch::compose::placement {

/// The first port of the host that both publish.
std::optional<std::string> shared_port(const Wish& a, const Wish& b);

/// They share one, and there are not enough nodes.
Error no_room_for_ports(const Wish& a, const Wish& b);

} // namespace orch::compose::placement
