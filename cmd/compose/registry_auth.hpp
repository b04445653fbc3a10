// What the user's docker configuration and environment say about registries and orphans.
#pragma once

#include "cmd/session.hpp"
#include "compose/provide_image.hpp"

namespace orch::cmd::compose {

/// Credentials from $DOCKER_CONFIG/config.json or ~/.docker/config.json, as "docker login" without
/// a credential helper stores them.
orch::compose::RegistryAuth registry_auth(const Session& session);

/// COMPOSE_IGNORE_ORPHANS
bool ignores_orphans(const Session& session);

} // namespace orch::cmd::compose
