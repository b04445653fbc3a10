// Addresses of names.
#pragma once

#include <string>

namespace orch::net {

/// An address of `host` without brackets, IPv4 if it has one; a literal address is its own. Blocks.
/// Throws Error(network) naming a host that is not known.
std::string lookup(const std::string& host);

} // namespace orch::net
