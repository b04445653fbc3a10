// What the user's docker configuration and environment say about registries, proxies and orphans.
#pragma once

#include "cmd/session.hpp"
#include "compose/execute.hpp"

namespace orch::cmd::compose {

/// Credentials from $DOCKER_CONFIG/config.json, ~/.docker/config.json or ~/.dockercfg and the
/// helpers that those name; read when the first image is asked for.
orch::compose::RegistryAuth registry_auth(const Session& session);

/// What every build gets from that configuration: credentials and proxies; and, where progress is
/// plain lines, the builder's words on standard output.
orch::compose::BuildSettings build_settings(Session& session);

/// How every verb that makes containers carries out its plan: calls at a time, credentials, builds.
orch::compose::ExecuteOptions execute_options(Session& session);

/// COMPOSE_IGNORE_ORPHANS
bool ignores_orphans(const Session& session);

} // namespace orch::cmd::compose
