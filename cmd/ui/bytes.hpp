// Amounts of bytes as people read them, spelled like the older tools do.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace orch::cmd::ui {

/// Four digits, powers of 1000: "1.985 MB"; `gap` stands before the unit.
std::string decimal_bytes(std::uint64_t bytes, std::string_view gap, int digits = 4);

/// Four digits, powers of 1024: "7.613GiB".
std::string binary_bytes(std::uint64_t bytes);

} // namespace orch::cmd::ui
