// The binary encoding of keys (RFC 4251, section 5) and base64 around it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace orch::ssh {

/// A big-endian uint32.
std::string wire_number(std::uint32_t value);

/// A length and the bytes.
std::string wire_string(std::string_view bytes);

/// Takes a length and its bytes off the front of `data`; nothing if it is too short.
std::optional<std::string_view> take_wire_string(std::string_view& data);

std::string base64_encode(std::string_view bytes);

/// White space is skipped. Nothing if the text is not base64.
std::optional<std::string> base64_decode(std::string_view text);

} // namespace orch::ssh
