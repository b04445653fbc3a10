// New certificates for a machine that there is: made here, put on its host, proved.
#pragma once

#include "machine/context.hpp"

#include <string>

namespace orch::machine {

/// Makes the server certificate anew, also while the old one is still good, and provisions the
/// machine with it: its engine restarts, unknown or expired certificates of all kinds are mended on
/// the way. Cut short, it leaves a machine that provision or another run puts right. Throws Error:
/// not_found "Host is not running", unsupported for a machine without a host, and as reprovision().
Machine
regenerate(const std::string& name, const std::string& owner, const Context& context, Job& job);

} // namespace orch::machine
