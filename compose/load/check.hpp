// Checks a service of one file against the table of keys.
#pragma once

#include "compose/load/findings.hpp"
#include "compose/load/raw.hpp"

namespace orch::compose::load {

/// Reports every unknown key, wrong type, repeated item and malformed value; what was refused is
/// taken out of `service` and its key noted in `service.wrong`. Strings are converted where
/// docker-compose 1.29.2 converts them. With `variables_stay`, a text with a '$' may be anything.
void check(RawService& service, Findings& findings, bool variables_stay = false);

} // namespace orch::compose::load
