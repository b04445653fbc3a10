// Contexts of the docker client: names for engines, kept in ~/.docker/contexts.
#pragma once

#include "cmd/session.hpp"
#include "lib/engine/endpoint.hpp"

#include <optional>

namespace orch::cmd::compose {

/// The engine of --context, of DOCKER_CONTEXT, or of the context that is in use; nothing if none is
/// or an address says otherwise. Throws Error: usage for --host and --context together, not_found
/// for a context that does not exist, invalid for one that names no engine.
std::optional<engine::Endpoint> context_endpoint(const Session& session);

} // namespace orch::cmd::compose
