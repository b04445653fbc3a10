#include "machine/name.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <string_view>

namespace orch::machine {

namespace {

bool is_alphanumeric(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_allowed(char c) { return is_alphanumeric(c) || c == '.' || c == '-'; }

constexpr int most_names = 1000;

std::optional<int> number(std::string_view digits) {
    int value = 0;
    const auto* const end = digits.data() + digits.size();
    const auto parsed = std::from_chars(digits.data(), end, value);
    if (digits.empty() || parsed.ec != std::errc() || parsed.ptr != end || value < 0)
        return std::nullopt;
    return value;
}

/// What "{1..5}" or "{a,b}" stands for, given the inner text; empty if it is neither.
std::vector<std::string> choices(const std::string& inner) {
    if (inner.find(',') != std::string::npos)
        return text::split(inner, ',');
    const auto dots = inner.find("..");
    if (dots == std::string::npos)
        return {};
    const auto first_word = inner.substr(0, dots);
    const auto last_word = inner.substr(dots + 2);
    const auto first = number(first_word);
    const auto last = number(last_word);
    if (!first || !last)
        return {};
    if (std::abs(*last - *first) >= most_names)
        throw Error(Kind::usage, "{{{}}} are more than {} machines", inner, most_names);
    // As in bash: a leading zero asks for numbers of one width.
    const bool padded = first_word.starts_with('0') || last_word.starts_with('0');
    const auto width = padded ? std::max(first_word.size(), last_word.size()) : 0;
    std::vector<std::string> numbers;
    const int step = *first <= *last ? 1 : -1;
    for (int i = *first; i != *last + step; i += step)
        numbers.push_back(fmt::format("{:0{}}", i, width));
    return numbers;
}

} // namespace

void check_name(const std::string& name) {
    // docker-machine's sentence, capital letter and all: scripts look for it.
    constexpr std::string_view phrase =
        "Invalid hostname specified. Allowed hostname chars are: 0-9a-zA-Z . -";
    if (name.empty() || !is_alphanumeric(name[0]) ||
        !std::all_of(name.begin(), name.end(), is_allowed))
        throw Error(Kind::invalid, "{}", phrase).hint("a name begins with a letter or a digit");

    constexpr std::size_t longest_label = 63; // RFC 1123
    constexpr std::size_t longest_name = 253;
    const auto too_long = [](const std::string& label) { return label.size() > longest_label; };
    const auto labels = text::split(name, '.');
    if (name.size() > longest_name || std::any_of(labels.begin(), labels.end(), too_long))
        throw Error(Kind::invalid, "the name {:.20}... is too long for a host name", name)
            .hint("use at most {} characters", longest_label);
}

std::vector<std::string> expand_names(const std::string& pattern) {
    for (auto open = pattern.find('{'); open != std::string::npos;
         open = pattern.find('{', open + 1)) {
        const auto close = pattern.find('}', open);
        if (close == std::string::npos)
            break;
        std::vector<std::string> names;
        for (const auto& choice : choices(pattern.substr(open + 1, close - open - 1)))
            for (const auto& rest : expand_names(pattern.substr(close + 1)))
                names.push_back(pattern.substr(0, open) + choice + rest);
        if (names.size() > most_names)
            throw Error(Kind::usage, "{} are more than {} machines", pattern, most_names);
        if (!names.empty())
            return names;
    }
    return {pattern};
}

} // namespace orch::machine
