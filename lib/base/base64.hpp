// Base64 (RFC 4648).
#pragma once

#include <string>
#include <string_view>

namespace orch::base64 {

/// The bytes; reading ends at the first character that does not belong there.
std::string decode(std::string_view text);

/// With padding.
std::string encode(std::string_view bytes);

/// With the URL-safe alphabet and padding.
std::string encode_url(std::string_view bytes);

} // namespace orch::base64
