// Older layouts of config.json, brought to version 3 in memory.
#pragma once

#include "machine/config_file.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace orch::machine {

/// Version 0 (docker-machine 0.1, flat), 1 (0.2, nested options) or 2 to 3; 3 comes back unchanged.
/// Throws Error(invalid) for a version of the future or one that is no number.
nlohmann::ordered_json
migrate(nlohmann::ordered_json config, const Location& location, const std::string& source);

} // namespace orch::machine
