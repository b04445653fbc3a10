// Numbers with units: bytes and microseconds.
#pragma once

#include "compose/load/values/parsed.hpp"
#include "lib/yaml/node.hpp"

#include <cstdint>

namespace orch::compose::load::values {

/// Bytes: an integer, or text with b, k, m or g (powers of 1024), "b" behind it allowed, a fraction
/// cut off: "512m", "1.5GB". The empty text is 0.
Parsed<std::int64_t> parse_bytes(const yaml::Node& value);

/// An integer, or text that reads as one.
Parsed<std::int64_t> parse_integer(const yaml::Node& value);

/// Microseconds: an integer, or a duration such as "50ms" or "1m30s".
Parsed<std::int64_t> parse_microseconds(const yaml::Node& value);

} // namespace orch::compose::load::values
