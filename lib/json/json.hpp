// JSON as text: reading with a place in the error, writing as Go's encoding/json does.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

namespace orch::json {

/// Keeps the order of keys; for files of other tools that are rewritten.
using Ordered = nlohmann::ordered_json;

/// Throws Error(invalid) "SOURCE: byte N (line L, column C): what is wrong". Numbers beyond 64 bits
/// keep their value as far as a double holds it.
nlohmann::json parse(std::string_view text, std::string_view source);

/// For files that are rewritten: a number that would change its text on the way (1.10, 1e3, 2^64)
/// is kept as binary value with that text, which to_go_text writes out again.
Ordered parse_ordered(std::string_view text, std::string_view source);

/// As Go's MarshalIndent(value, "", "    ") prints it: 4 spaces, no final newline, and < > & U+2028
/// U+2029 escaped as \u003c ... Keys come in the value's own order.
std::string to_go_text(const Ordered& value);
std::string to_go_text(const nlohmann::json& value);

/// The same on one line, without spaces.
std::string to_go_line(const nlohmann::json& value);

} // namespace orch::json
