// What a server of the API tells a record.
#pragma once

#include "drivers/driver.hpp"
#include "drivers/hetzner/project.hpp"

#include <string>
#include <string_view>

namespace orch::drivers::hetzner {

State state_of(const Json& server);

/// The text there; empty if there is none.
std::string string_at(const Json& object, std::string_view pointer);

/// IPAddress and PrivateIPAddress.
void note_addresses(const Json& server, Record& record);

} // namespace orch::drivers::hetzner
