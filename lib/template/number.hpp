// Numbers and characters as templates write them.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace orch::templates {

/// An int (decimal, 0x, 0o, 0b, 0, with _ between digits) or, with a point or exponent, a float64.
/// Nothing if it is no number; a null if it is an integer that 64 bits do not hold.
std::optional<nlohmann::json> parse_number(std::string_view literal);

} // namespace orch::templates
