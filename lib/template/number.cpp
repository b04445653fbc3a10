#include "lib/template/number.hpp"

#include <nlohmann/json.hpp>

#include <charconv>
#include <cstdint>
#include <limits>

namespace orch::templates {

namespace {

using Json = nlohmann::json;

/// The base that the prefix announces, which is removed.
int take_base(std::string_view& digits) {
    if (digits.size() < 2 || digits[0] != '0')
        return 10;
    const char mark = static_cast<char>(digits[1] | 0x20);
    const int base = mark == 'x' ? 16 : mark == 'o' ? 8 : mark == 'b' ? 2 : 0;
    digits.remove_prefix(base == 0 ? 1 : 2);
    return base == 0 ? 8 : base; // a plain 0 in front means octal, as in C
}

std::optional<Json> parse_integer(bool negative, std::string_view digits) {
    const int base = take_base(digits);
    std::uint64_t size = 0;
    const auto* const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, size, base);
    if (stop != end || digits.empty())
        return std::nullopt;
    constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
    if (error != std::errc() || size > most + (negative ? 1 : 0))
        return Json();
    return Json(static_cast<std::int64_t>(negative ? 0 - size : size));
}

std::optional<Json> parse_float(bool negative, std::string_view digits) {
    double value = 0;
    const auto* const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, value);
    if (stop != end || error != std::errc())
        return std::nullopt;
    return Json(negative ? -value : value);
}

} // namespace

std::optional<Json> parse_number(std::string_view literal) {
    const bool negative = literal.starts_with('-');
    if (negative || literal.starts_with('+'))
        literal.remove_prefix(1);
    std::string digits(literal);
    if (digits.starts_with('_') || digits.ends_with('_') || digits.find("__") != std::string::npos)
        return std::nullopt;
    std::erase(digits, '_');
    const bool hexadecimal = digits.starts_with("0x") || digits.starts_with("0X");
    if (digits.empty() || digits[0] == '-' || digits[0] == '+')
        return std::nullopt;
    if (!hexadecimal && digits.find_first_of(".eE") != std::string::npos)
        return parse_float(negative, digits);
    return parse_integer(negative, digits);
}

} // namespace orch::templates
