// The network of the machines: made with the first, gone with the last. Its range of addresses is
// given explicitly, because only then does an engine let a container have an address of its own
// that survives stops.
#pragma once

#include "lib/engine/engine.hpp"

#include <optional>
#include <set>
#include <string>

namespace orch::drivers::docker {

/// Labels that say what is ours; see labels_of() in container.hpp.
constexpr const char* own_label = "orch";
constexpr const char* token_label = "orch-create";
constexpr const char* network_label = "orch-network";
constexpr const char* address_label = "orch-address";

/// Makes the network where it is missing. `token` marks what a killed call leaves behind.
engine::NetworkDetails
ensure_network(engine::Engine& engine, const std::string& name, const std::string& token);

/// The first address for a machine in a range "a.b.c.d/n" that nobody in `used` has: from the lower
/// half without the gateway's; the upper half is the engine's own. Nothing if all are taken, or if
/// it is no such range.
std::optional<std::string>
free_address(const std::string& subnet, const std::set<std::string>& used);

/// The upper half of a range.
std::string upper_half(const std::string& subnet);

/// Addresses that machines of this network have, also stopped ones, and those of other containers.
std::set<std::string> used_addresses(engine::Engine& engine, const engine::NetworkDetails& network);

/// Removes the network if it is ours and no machine uses it any more.
void remove_unused_network(engine::Engine& engine, const std::string& name);

} // namespace orch::drivers::docker
