#include "cmd/machine/swarm_token.hpp"

#include "cmd/machine/verbs.hpp"
#include "cmd/verb.hpp"
#include "machine/swarm/discovery.hpp"

namespace orch::cmd::machine {

Secret swarm_token(const orch::machine::SwarmOptions& swarm, const Session& session) {
    if (!swarm.discovery.starts_with("swarm://"))
        return {};
    auto token = orch::machine::swarm::parse_discovery(swarm.discovery).token;
    return token.empty() ? Secret(session.environment.get_or("ORCH_SWARM_TOKEN", "")) : token;
}

void add_swarm_token(CLI::App& verb, Session& session) {
    choose(verb, session, [&session] {
        session.console.out(orch::machine::swarm::new_token() + "\n");
        return 0;
    });
}

} // namespace orch::cmd::machine
