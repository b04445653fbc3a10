// Certificates with other dates: what a test cannot wait for.
#pragma once

#include "lib/tls/certificate.hpp"

namespace orch::test {

/// The same certificate, signed again by `authority` (its own pair for a self-signed one), ending
/// `days` from now: -1 is yesterday.
tls::Pair redate(const tls::Pair& pair, const tls::Pair& authority, int days);

} // namespace orch::test
