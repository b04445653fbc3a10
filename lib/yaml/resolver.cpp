// PyYAML's implicit resolver (YAML 1.1): which type a plain scalar has, and its value.
#include "lib/yaml/scalar.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>

namespace orch::yaml {

namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }

bool digit_or_underscore(char c) { return digit(c) || c == '_'; }

template <class Wanted>
bool all(std::string_view text, Wanted wanted) {
    return std::all_of(text.begin(), text.end(), wanted);
}

bool one_of(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), text) != words.end();
}

/// Takes the longest run of `wanted` from the front of `text`.
template <class Wanted>
std::string_view take(std::string_view& text, Wanted wanted) {
    const auto end = std::find_if_not(text.begin(), text.end(), wanted);
    const auto run = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    text.remove_prefix(run.size());
    return run;
}

bool take_char(std::string_view& text, std::string_view wanted) {
    if (text.empty() || wanted.find(text.front()) == std::string_view::npos)
        return false;
    text.remove_prefix(1);
    return true;
}

std::string without_underscores(std::string_view text) {
    std::string result(text);
    std::erase(result, '_');
    return result;
}

/// Groups of (:[0-5]?[0-9])+ from the front of `text`; false if there is none.
bool take_sixties(std::string_view& text) {
    bool any = false;
    while (text.size() > 1 && text.front() == ':' && digit(text[1])) {
        const bool two = text.size() > 2 && digit(text[2]);
        if (two && text[1] > '5')
            return false;
        text.remove_prefix(two ? 3 : 2);
        any = true;
    }
    return any;
}

/// Digits of an integer and what they mean. `digits` keeps underscores out.
struct Integer {
    std::string digits;
    int base = 10; // 60: groups between colons
    bool negative = false;
};

std::optional<Integer> match_integer(std::string_view text) {
    Integer result;
    result.negative = !text.empty() && text.front() == '-';
    take_char(text, "+-");
    if (text.empty() || !digit(text.front()))
        return std::nullopt;
    const auto based = [&](int base, std::size_t prefix, auto wanted) -> std::optional<Integer> {
        result.base = base;
        result.digits = without_underscores(text.substr(prefix));
        const bool good = !result.digits.empty() && all(result.digits, wanted);
        return good ? std::optional(result) : std::nullopt;
    };
    if (text.starts_with("0b"))
        return based(2, 2, [](char c) { return c == '0' || c == '1'; });
    if (text.starts_with("0x"))
        return based(16, 2, [](char c) {
            return digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        });
    if (text.front() == '0' && text.size() > 1)
        return based(8, 0, [](char c) { return c >= '0' && c <= '7'; });
    if (all(text, digit_or_underscore))
        return based(10, 0, digit);
    auto rest = text;
    take(rest, digit_or_underscore);
    if (!take_sixties(rest) || !rest.empty())
        return std::nullopt;
    return based(60, 0, [](char c) { return digit(c) || c == ':'; });
}

std::optional<std::int64_t> value_of(const Integer& integer) {
    const auto* end = integer.digits.data() + integer.digits.size();
    std::int64_t value = 0;
    for (const auto* at = integer.digits.data(); at <= end;) {
        std::int64_t group = 0;
        const auto base = integer.base == 60 ? 10 : integer.base;
        const auto parsed = std::from_chars(at, end, group, base);
        if (parsed.ec != std::errc() || __builtin_mul_overflow(value, 60, &value) ||
            __builtin_add_overflow(value, group, &value))
            return std::nullopt;
        at = parsed.ptr + 1; // behind the colon
    }
    return integer.negative ? -value : value;
}

double parse_double(std::string_view text) {
    double value = 0;
    const auto digits = without_underscores(text);
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (parsed.ec == std::errc::result_out_of_range)
        return digits.find("e-") == std::string::npos ? std::numeric_limits<double>::infinity() : 0;
    return value;
}

double sexagesimal_double(std::string_view text) {
    double value = 0;
    for (;;) {
        const auto colon = text.find(':');
        value = value * 60 + parse_double(text.substr(0, colon));
        if (colon == std::string_view::npos)
            return value;
        text.remove_prefix(colon + 1);
    }
}

/// [eE][-+][0-9]+ or nothing: an exponent without a sign is no float in YAML 1.1.
bool exponent_or_end(std::string_view rest) {
    if (rest.empty())
        return true;
    return take_char(rest, "eE") && take_char(rest, "+-") && !rest.empty() && all(rest, digit);
}

std::optional<double> match_float(std::string_view text) {
    if (one_of(text, {".nan", ".NaN", ".NAN"}))
        return std::numeric_limits<double>::quiet_NaN();
    const bool negative = !text.empty() && text.front() == '-';
    const bool sign = take_char(text, "+-");
    const auto signed_value = [negative](double value) { return negative ? -value : value; };
    if (one_of(text, {".inf", ".Inf", ".INF"}))
        return signed_value(std::numeric_limits<double>::infinity());
    auto rest = text;
    const auto whole = take(rest, digit_or_underscore);
    if (!whole.empty() && whole.front() == '_')
        return std::nullopt;
    const bool sixties = !whole.empty() && take_sixties(rest);
    if (!take_char(rest, "."))
        return std::nullopt;
    if (whole.empty() && (sign || rest.empty() || !digit(rest.front())))
        return std::nullopt;
    take(rest, digit_or_underscore);
    if (sixties)
        return rest.empty() ? std::optional(signed_value(sexagesimal_double(text))) : std::nullopt;
    return exponent_or_end(rest) ? std::optional(signed_value(parse_double(text))) : std::nullopt;
}

/// Takes `min` to `max` digits.
bool take_digits(std::string_view& text, std::size_t min, std::size_t max) {
    std::size_t count = 0;
    while (count < max && count < text.size() && digit(text[count]))
        ++count;
    text.remove_prefix(count);
    return count >= min;
}

bool time_zone_or_end(std::string_view rest) {
    take(rest, [](char c) { return c == ' ' || c == '\t'; });
    if (rest.empty() || rest == "Z")
        return true;
    if (!take_char(rest, "+-") || !take_digits(rest, 1, 2))
        return false;
    return rest.empty() || (take_char(rest, ":") && take_digits(rest, 2, 2) && rest.empty());
}

bool match_timestamp(std::string_view text) {
    const auto whole = text;
    if (!take_digits(text, 4, 4) || !take_char(text, "-") || !take_digits(text, 1, 2) ||
        !take_char(text, "-") || !take_digits(text, 1, 2))
        return false;
    if (text.empty())
        return whole.size() == 10;
    if (!take_char(text, "Tt") && take(text, [](char c) { return c == ' ' || c == '\t'; }).empty())
        return false;
    if (!take_digits(text, 1, 2) || !take_char(text, ":") || !take_digits(text, 2, 2) ||
        !take_char(text, ":") || !take_digits(text, 2, 2))
        return false;
    if (take_char(text, "."))
        take(text, digit);
    return time_zone_or_end(text);
}

std::optional<bool> match_boolean(std::string_view text) {
    if (one_of(text, {"yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"}))
        return true;
    if (one_of(text, {"no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"}))
        return false;
    return std::nullopt;
}

} // namespace

void resolve_plain(Node& node) {
    const std::string_view text = node.scalar;
    if (one_of(text, {"", "~", "null", "Null", "NULL"})) {
        node.type = Type::null;
    } else if (const auto boolean = match_boolean(text)) {
        node.type = Type::boolean;
        node.boolean = *boolean;
    } else if (const auto floating = match_float(text)) {
        node.type = Type::floating;
        node.floating = *floating;
    } else if (const auto integer = match_integer(text)) {
        const auto value = value_of(*integer);
        node.type = Type::integer;
        node.sexagesimal = integer->base == 60;
        node.fits = value.has_value();
        node.integer = value.value_or(0);
        node.floating = static_cast<double>(node.integer);
    } else {
        node.type = match_timestamp(text) ? Type::timestamp : Type::string;
    }
}

Type plain_type(std::string_view text) {
    Node node;
    node.scalar = text;
    resolve_plain(node);
    return node.type;
}

} // namespace orch::yaml
