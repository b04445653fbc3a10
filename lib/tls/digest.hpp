// Message digests.
#pragma once

#include <string>
#include <string_view>

namespace orch::tls {

/// SHA-256 as 64 lower case hexadecimal digits.
std::string sha256_hex(std::string_view data);

} // namespace orch::tls
