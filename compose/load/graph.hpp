// Which services need which: references that lead nowhere, circles, and the order.
#pragma once

#include "compose/load/findings.hpp"
#include "compose/load/raw.hpp"
#include "compose/model/service.hpp"

#include <set>
#include <string>
#include <vector>

namespace orch::compose::load {

/// Puts `services` in order: dependencies first, otherwise as they stand. `raw` are the same
/// services in the same order. References to a name in `refused` are nobody's fault here.
void put_in_order(
    std::vector<Service>& services,
    const RawServices& raw,
    const std::set<std::string, std::less<>>& refused,
    Findings& findings
);

} // namespace orch::compose::load
