// Making a machine out of nothing: its disks, then the VM that has them.
#pragma once

#include "drivers/virtualbox/power.hpp"

#include <string>

namespace orch::drivers::virtualbox {

/// Makes disks and VM as the record says; the VM is off, both of its cards are attached. Throws
/// what the steps throw; what they made stays for remove().
void build(
    const Bench& bench, Record& record, const Checkpoint& save, const std::string& user_data
);

/// A random UUID (version 4).
std::string new_uuid();

} // namespace orch::drivers::virtualbox
