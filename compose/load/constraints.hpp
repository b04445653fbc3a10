// What must hold between the keys of one complete service.
#pragma once

#include "compose/load/findings.hpp"
#include "compose/load/raw.hpp"

namespace orch::compose::load {

/// `service` is merged and extended. A key that was refused before counts as given.
void check_constraints(const RawService& service, Findings& findings);

/// No two services may have one container_name.
void check_container_names(const RawServices& services, Findings& findings);

} // namespace orch::compose::load
