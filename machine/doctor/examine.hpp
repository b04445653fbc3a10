// Looks at machines from the config file to the running engine and says what is wrong with them.
#pragma once

#include "machine/context.hpp"
#include "machine/doctor/finding.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace orch::machine::doctor {

/// All machines at the same time, the reports in the order of the names. No single step takes
/// longer than `limit`. Whatever is wrong with a machine is a finding; throws only
/// Error(cancelled).
std::vector<Report> examine(
    const std::vector<std::string>& names,
    std::chrono::milliseconds limit,
    const Context& context,
    Job& job
);

} // namespace orch::machine::doctor
