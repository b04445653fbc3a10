// The machines of the store that make up one cluster, and the managers among them that answer.
#pragma once

#include "lib/engine/engine.hpp"
#include "machine/context.hpp"
#include "machine/swarm/discovery.hpp"

#include <optional>
#include <string>
#include <vector>

namespace orch::machine::swarm {

/// The discovery that a machine keeps: what was asked for with machine://NAME followed to the
/// cluster of that machine. Without one, the cluster of the only swarm master in the store; a
/// master where there is none founds one of its own. Throws Error: not_found or conflict where that
/// is not clear, with the option that makes it so, and as parse_discovery().
std::string
settled_discovery(const SwarmOptions& wanted, const std::string& name, const Store& store);

/// The discovery for several masters that are made at once and were given none: the cluster of the
/// only master in the store, or a new one. Throws as settled_discovery().
std::string common_discovery(const Store& store);

/// All machines of the store that keep this discovery and are part of the cluster by their options.
/// What cannot be read is left out.
std::vector<Machine> members(const Store& store, const std::string& discovery);

/// A machine's engine. Throws Error(not_found) "Host is not running" if it has no address.
engine::Engine
engine_of(const Context& context, const Machine& machine, const std::stop_token& stop);

/// What the engine is in a swarm; nothing if it does not answer within some seconds.
std::optional<engine::SwarmState> ask_state(engine::Engine& engine);

struct Manager {
    std::string machine;
    engine::Engine engine;
    engine::SwarmState state;
};

/// The managers of the cluster that answer and can change it, without the machine `except`. Each
/// is asked for some seconds only.
std::vector<Manager> managers(
    const Context& context,
    const std::string& discovery,
    const std::string& except,
    const std::stop_token& stop
);

/// Where nodes find those managers: "10.0.0.7:2377".
std::vector<std::string> addresses(const std::vector<Manager>& managers);

} // namespace orch::machine::swarm
