// Taking a virtual machine of Azure away, with all that was made for it alone.
#pragma once

#include "drivers/azure/arm.hpp"
#include "drivers/driver.hpp"

namespace orch::drivers::azure {

/// Removes what the record's create made; of records that docker-machine wrote, what has its names;
/// of an adopted machine the virtual machine alone. What is shared goes when orch made it and
/// nobody uses it. What is not there is fine.
void remove_all(Arm& arm, const Access& access, const Record& record, Job& job);

} // namespace orch::drivers::azure
