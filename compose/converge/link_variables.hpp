// The environment variables that links brought until engine 28: DB_NAME, DB_PORT_6379_TCP_ADDR ...
// Engine 29 and later leave them out, so orch sets them itself.
#pragma once

#include "lib/engine/types.hpp"

#include <map>
#include <string>

namespace orch::compose {

/// Adds the variables of one link of the container `consumer` to the running container `target`.
void add_link_variables(
    const std::string& consumer,
    const std::string& alias,
    const engine::Container& target,
    std::map<std::string, std::string>& variables
);

/// Where links to the container lead: its address on the default bridge, or empty.
std::string link_address(const engine::Container& target);

} // namespace orch::compose
