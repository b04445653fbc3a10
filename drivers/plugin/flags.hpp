// The options of a plugin: as it describes them, and as it wants their values.
#pragma once

#include "drivers/driver.hpp"
#include "drivers/plugin/gob.hpp"

#include <string>
#include <vector>

namespace orch::drivers::plugin {

/// From the answer to GetCreateFlags, in its order; what cannot be the name of an option, or has
/// the name of one before it, is left out. Throws Error(invalid) if it is no list of flags.
std::vector<Option> options_from(const gob::Value& flags);

/// The map of RPCFlags, encoded: all values, and those of create's own options that drivers read.
std::string encoded_flags(const Request& request);

} // namespace orch::drivers::plugin
