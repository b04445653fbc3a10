#include "compose/placement/expression.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"

#include <algorithm>
#include <regex>

namespace orch::compose::placement {

namespace {

constexpr std::string_view live = "*?+.[]()|^$\\";

bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool letter_or_digit(char c) { return letter(c) || (c >= '0' && c <= '9'); }

bool one_of(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

bool good_key(std::string_view key) {
    return key.size() >= 2 && (letter(key.front()) || key.front() == '_') &&
           std::all_of(key.begin() + 1, key.end(), [](char c) {
               return letter_or_digit(c) || one_of(c, "-_.");
           });
}

/// [=!/]?~?[what may stand in a value]+
bool good_value(std::string_view value) {
    if (value == "/")
        return false; // neither a text nor the two slashes of a regular expression
    if (!value.empty() && one_of(value.front(), "=!/"))
        value.remove_prefix(1);
    if (value.starts_with('~'))
        value.remove_prefix(1);
    return !value.empty() && std::all_of(value.begin(), value.end(), [](char c) {
        return letter_or_digit(c) || one_of(c, ":-_.*/()?+[]\\^$| \t\n\r\f\v");
    });
}

bool is_regex(std::string_view value) {
    return value.size() >= 2 && value.front() == '/' && value.back() == '/';
}

std::string pattern_of(const std::string& value) {
    if (is_regex(value))
        return value.substr(1, value.size() - 2);
    return "^" + text::replace_all(value, "*", ".*") + "$";
}

/// The grammar of the standalone swarm is RE2; what people write in it means the same in
/// ECMAScript's, but for the flag in front.
std::regex compile(std::string pattern) {
    auto flags = std::regex::ECMAScript;
    for (const std::string_view flag : {"(?i)", "^(?i)"})
        if (pattern.starts_with(flag)) {
            pattern.erase(pattern.find("(?i)"), 4);
            flags |= std::regex::icase;
        }
    return std::regex(pattern, flags);
}

} // namespace

bool Expression::literal() const {
    return !is_regex(value) && value.find_first_of(live) == std::string::npos;
}

bool Expression::found_in(const std::vector<std::string>& candidates) const {
    try {
        const auto pattern = compile(pattern_of(value));
        return std::any_of(candidates.begin(), candidates.end(), [&](const std::string& candidate) {
            return std::regex_search(candidate, pattern);
        });
    } catch (const std::regex_error&) {
        return false;
    }
}

Expression parse_expression(std::string_view text) {
    for (const std::string_view sign : {"==", "!="}) {
        const auto at = text.find(sign);
        if (at == std::string_view::npos)
            continue;
        const auto key = text.substr(0, at);
        const auto value = text.substr(at + sign.size());
        if (!good_key(key))
            throw Error(Kind::invalid, "Key '{}' is invalid", key);
        if (!good_value(value))
            throw Error(Kind::invalid, "Value '{}' is invalid", value);
        Expression expression{
            .text = std::string(text),
            .key = std::string(key),
            .value = {},
            .negated = sign == "!="};
        expression.soft = value.starts_with('~');
        expression.value = value.substr(expression.soft ? 1 : 0);
        return expression;
    }
    throw Error(Kind::invalid, "One of operator ==, != is expected");
}

} // namespace orch::compose::placement
