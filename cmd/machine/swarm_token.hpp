// The join token of a swarm outside the store.
#pragma once

#include "cmd/session.hpp"
#include "lib/base/secret.hpp"
#include "machine/machine.hpp"

namespace orch::cmd::machine {

/// The token in swarm://JOINTOKEN@HOST, else $ORCH_SWARM_TOKEN, which no list of processes shows.
Secret swarm_token(const orch::machine::SwarmOptions& swarm, const Session& session);

} // namespace orch::cmd::machine
