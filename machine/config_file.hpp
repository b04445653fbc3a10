// The text of config.json <-> a Machine.
#pragma once

#include "machine/layout.hpp"
#include "machine/machine.hpp"

#include <string>
#include <string_view>

namespace orch::machine {

/// Reads any version, migrated and relocated in memory. Throws Error(invalid) naming the file and
/// what is wrong with it.
Machine parse_config(std::string_view text, const Place& place);

/// As docker-machine writes it. Only what differs from `machine.raw` is changed; a key that nobody
/// here knows stays.
std::string format_config(const Machine& machine, const Place& place);

/// The option values of a new machine at this place.
AuthOptions default_auth(const Place& place);

} // namespace orch::machine
