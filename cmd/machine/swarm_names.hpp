// What verbs take that name a swarm: discoveries, and the join token of one outside the store.
#pragma once

#include "cmd/session.hpp"
#include "lib/base/secret.hpp"
#include "machine/machine.hpp"

#include <vector>

namespace orch::cmd::machine {

/// The token in swarm://JOINTOKEN@HOST, else $ORCH_SWARM_TOKEN, which no list of processes shows.
Secret swarm_token(const orch::machine::SwarmOptions& swarm, const Session& session);

/// How a discovery may begin or what it may be, for completion.
std::vector<Candidate> discovery_candidates(const Session& session);

} // namespace orch::cmd::machine
