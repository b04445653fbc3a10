#include "compose/load/values/sizes.hpp"

#include "lib/base/text.hpp"
#include "lib/yaml/scalar.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>

namespace orch::compose::load::values {

namespace {

using Result = Parsed<std::int64_t>;

constexpr double limit = 9.2e18; // just below what 64 bits hold

/// A decimal number at the front of `text`, which loses it: digits and at most one point.
std::optional<double> take_decimal(std::string_view& text) {
    double value = 0;
    if (text.empty() || text.front() < '0' || text.front() > '9')
        return std::nullopt;
    const auto* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value, std::chars_format::fixed);
    if (parsed.ec != std::errc())
        return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(parsed.ptr - text.data()));
    return value;
}

/// Whole numbers pass; anything else has no meaning where no text can give a unit.
std::optional<std::int64_t> whole_number(const yaml::Node& value) {
    if (value.is(yaml::Type::integer) && value.fits)
        return value.integer;
    const bool whole = value.is(yaml::Type::floating) && std::abs(value.floating) < limit &&
                       std::floor(value.floating) == value.floating;
    if (!whole)
        return std::nullopt;
    return static_cast<std::int64_t>(value.floating);
}

std::optional<double> unit_of(std::string_view text) {
    if (text.empty() || text == "b")
        return 1;
    if (text.ends_with("b"))
        text.remove_suffix(1);
    if (text == "k")
        return 1024.0;
    if (text == "m")
        return 1024.0 * 1024;
    if (text == "g")
        return 1024.0 * 1024 * 1024;
    return std::nullopt;
}

std::optional<double> microseconds_of(std::string_view unit) {
    struct Row {
        std::string_view unit;
        double factor;
    };

    constexpr Row rows[] = {
        {"h", 3.6e9}, {"m", 6e7}, {"s", 1e6}, {"ms", 1e3}, {"us", 1}, {"ns", 1e-3}};
    for (const auto& row : rows)
        if (row.unit == unit)
            return row.factor;
    return std::nullopt;
}

yaml::Node read_again(const yaml::Node& value) {
    yaml::Node plain;
    plain.scalar = text::trim(value.scalar);
    yaml::resolve_plain(plain);
    return plain;
}

} // namespace

Result parse_bytes(const yaml::Node& value) {
    const auto bad = [&value] {
        return Result::failure(
            fmt::format("'{}' is not a valid byte value, e.g. 512m", value.as_text())
        );
    };
    if (!value.is(yaml::Type::string)) {
        const auto number = whole_number(value);
        return number ? Result{*number, {}} : bad();
    }
    const auto lowered = text::lower(value.scalar);
    std::string_view rest = lowered;
    if (rest.empty())
        return {0, {}};
    const bool negative = rest.front() == '-';
    rest.remove_prefix(negative ? 1 : 0);
    const auto number = take_decimal(rest);
    const auto unit = unit_of(rest);
    if (!number || !unit || *number * *unit >= limit)
        return bad();
    const auto bytes = static_cast<std::int64_t>(*number * *unit);
    return {negative ? -bytes : bytes, {}};
}

Result parse_integer(const yaml::Node& value) {
    const auto number = whole_number(value.is(yaml::Type::string) ? read_again(value) : value);
    if (!number)
        return Result::failure(fmt::format("'{}' is not a valid integer", value.as_text()));
    return {*number, {}};
}

Result parse_microseconds(const yaml::Node& value) {
    if (auto number = parse_integer(value); number.ok())
        return number;
    std::string_view rest = value.scalar;
    double total = 0;
    bool good = value.is(yaml::Type::string) && !rest.empty();
    while (good && !rest.empty()) {
        const auto number = take_decimal(rest);
        const auto unit = rest.substr(0, rest.find_first_of("0123456789"));
        const auto factor = microseconds_of(unit);
        good = number && factor;
        total += good ? *number * *factor : 0;
        rest.remove_prefix(unit.size());
    }
    if (!good || total >= limit)
        return Result::failure(fmt::format(
            "'{}' is no number of microseconds and no duration, e.g. 50ms", value.as_text()
        ));
    return {static_cast<std::int64_t>(total), {}};
}

} // namespace orch::compose::load::values
