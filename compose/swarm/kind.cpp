#include "compose/swarm/kind.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/engine/services.hpp"
#include "lib/engine/standalone.hpp"

namespace orch::compose::swarm {

namespace {

constexpr const char* way_to_a_manager =
    "point at a manager: eval $(orch machine env --swarm NAME), or --machine NAME; "
    "orch compose --target engine makes containers on this engine alone";

NotAManager not_a_manager(const engine::SwarmState& state, const std::string& endpoint) {
    Error error(
        orch::Kind::conflict,
        "{} is a worker of a swarm; services are made by its managers{}",
        endpoint,
        state.managers.empty() ? "" : ": " + text::join(state.managers, ", ")
    );
    return {std::move(error.hint("{}", way_to_a_manager)), state.managers};
}

Error no_swarm(const std::string& endpoint) {
    return std::move(Error(orch::Kind::conflict, "{} is in no swarm", endpoint)
                         .hint("orch machine swarm join NAME, or docker swarm init there"));
}

/// Plain containers would be the wrong answer: what runs there is the swarm's.
Error not_ready(const engine::SwarmState& state, const std::string& endpoint) {
    Error error(
        orch::Kind::conflict,
        "the swarm of {} is {}{}",
        endpoint,
        state.local,
        state.error.empty() ? "" : ": " + state.error
    );
    if (state.local == "locked")
        error.hint("unlock it: docker swarm unlock");
    else
        error.hint("orch compose --target engine makes containers on this engine alone");
    return error;
}

} // namespace

Kind kind_of(const engine::SwarmState& state, const std::string& endpoint, Target target) {
    if (state.server.starts_with("swarm/"))
        return Kind::standalone; // before all else: it passes on what its members say
    if (target == Target::engine)
        return Kind::engine;
    if (state.local.empty() || state.local == "inactive") {
        if (target == Target::swarm)
            throw no_swarm(endpoint);
        return Kind::engine;
    }
    if (!state.active())
        throw not_ready(state, endpoint);
    if (!state.manager)
        throw not_a_manager(state, endpoint);
    return Kind::services;
}

Kind find_kind(engine::Engine& engine, Target target) {
    if (target == Target::engine)
        return Kind::engine;
    if (engine::Standalone(engine).there())
        return Kind::standalone;
    if (target == Target::automatic && engine::Services(engine).outside())
        return Kind::engine;
    return kind_of(engine.swarm_state(), engine.endpoint().url(), target);
}

} // namespace orch::compose::swarm
