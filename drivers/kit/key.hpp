// The SSH key of a machine whose host orch makes.
#pragma once

#include "drivers/driver.hpp"

#include <string>

namespace orch::drivers::kit {

/// Writes a new pair into the machine's directory, as id_rsa and id_rsa.pub: the names that tools
/// around docker-machine look for. Sets SSHKeyPath. Returns the line for authorized_keys.
std::string make_key(const Access& access, Record& record);

} // namespace orch::drivers::kit
