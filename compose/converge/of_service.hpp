// Which service an engine's refusal is about.
#pragma once

#include <functional>
#include <string>

namespace orch::compose {

/// Makes the call; puts docker-compose's words around what the engine answers: "Cannot start
/// service web: ...". Without a service, and where no answer came, the error stays as it is.
void of_service(const char* verb, const std::string& service, const std::function<void()>& call);

} // namespace orch::compose
