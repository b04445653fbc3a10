#include "cmd/ui/bytes.hpp"

#include <fmt/format.h>

#include <array>

namespace orch::cmd::ui {

namespace {

std::string
scaled(std::uint64_t bytes, double base, const auto& units, std::string_view gap, int digits) {
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    for (; value >= base && unit + 1 < units.size(); ++unit)
        value /= base;
    return fmt::format("{:.{}g}{}{}", value, digits, gap, units[unit]);
}

} // namespace

std::string decimal_bytes(std::uint64_t bytes, std::string_view gap, int digits) {
    constexpr std::array units{"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    return scaled(bytes, 1000, units, gap, digits);
}

std::string binary_bytes(std::uint64_t bytes) {
    constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    return scaled(bytes, 1024, units, "", 4);
}

} // namespace orch::cmd::ui
