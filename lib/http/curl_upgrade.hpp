// Raw streams over a connection that curl made; for this room only.
#pragma once

#include "lib/http/client.hpp"

namespace orch::http {

/// As Client::upgrade(). Each call has a connection of its own.
Upgrade curl_upgrade(const Request& request, const std::stop_token& stop);

} // namespace orch::http
