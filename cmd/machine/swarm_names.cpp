#include "cmd/machine/swarm_names.hpp"

#include "cmd/machine/verbs.hpp"
#include "cmd/verb.hpp"
#include "machine/store.hpp"
#include "machine/swarm/discovery.hpp"

namespace orch::cmd::machine {

Secret swarm_token(const orch::machine::SwarmOptions& swarm, const Session& session) {
    if (!swarm.discovery.starts_with("swarm://"))
        return {};
    auto token = orch::machine::swarm::parse_discovery(swarm.discovery).token;
    return token.empty() ? Secret(session.environment.get_or("ORCH_SWARM_TOKEN", "")) : token;
}

std::vector<Candidate> discovery_candidates(const Session& session) {
    std::vector<Candidate> candidates{
        {"token://", "a name within this store"},
        {"swarm://", "JOINTOKEN@HOST of another swarm"},
        {"consul://", "standalone"},
        {"etcd://", "standalone"},
        {"zk://", "standalone"},
        {"nodes://", "standalone"},
        {"file://", "standalone"}};
    for (const auto& name : orch::machine::Store(session.storage_path()).names())
        candidates.push_back({"machine://" + name, "the swarm of that machine"});
    return candidates;
}

void add_swarm_token(CLI::App& verb, Session& session) {
    choose(verb, session, [&session] {
        session.console.out(orch::machine::swarm::new_token() + "\n");
        return 0;
    });
}

} // namespace orch::cmd::machine
