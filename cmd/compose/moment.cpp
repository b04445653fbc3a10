#include "cmd/compose/moment.hpp"

#include "lib/base/error.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <optional>
#include <string_view>

namespace orch::cmd::compose {

namespace {

bool is_number(std::string_view word) {
    return !word.empty() && word.find_first_not_of("0123456789.") == std::string_view::npos &&
           std::count(word.begin(), word.end(), '.') <= 1 && word.front() != '.';
}

/// "1h30m" in seconds.
std::optional<std::int64_t> span_of(std::string_view word) {
    std::int64_t total = 0;
    while (!word.empty()) {
        std::int64_t count = 0;
        const auto parsed = std::from_chars(word.data(), word.data() + word.size(), count);
        if (parsed.ec != std::errc() || parsed.ptr == word.data() + word.size() || count < 0)
            return std::nullopt;
        constexpr std::string_view units = "smhd";
        constexpr std::int64_t seconds[] = {1, 60, 3600, 86400};
        const auto unit = units.find(*parsed.ptr);
        if (unit == std::string_view::npos)
            return std::nullopt;
        total += count * seconds[unit];
        word.remove_prefix(static_cast<std::size_t>(parsed.ptr + 1 - word.data()));
    }
    return total;
}

/// What follows the seconds: a fraction, then Z or +01:00. Local time where nothing does.
std::optional<std::int64_t> zoned(std::tm parts, std::string_view rest) {
    if (rest.starts_with('.'))
        rest.remove_prefix(std::min(rest.find_first_not_of("0123456789", 1), rest.size()));
    if (rest.empty()) {
        parts.tm_isdst = -1;
        return std::mktime(&parts);
    }
    const auto utc = ::timegm(&parts);
    if (rest == "Z")
        return utc;
    if (rest.size() != 6 || (rest[0] != '+' && rest[0] != '-') || rest[3] != ':')
        return std::nullopt;
    int hours = 0;
    int minutes = 0;
    if (std::from_chars(rest.data() + 1, rest.data() + 3, hours).ptr != rest.data() + 3 ||
        std::from_chars(rest.data() + 4, rest.data() + 6, minutes).ptr != rest.data() + 6)
        return std::nullopt;
    const std::int64_t offset = hours * 3600 + minutes * 60;
    return rest[0] == '+' ? utc - offset : utc + offset;
}

std::optional<std::int64_t> date_of(const std::string& word) {
    for (const auto* const format : {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d"}) {
        std::tm parts{};
        if (const char* rest = ::strptime(word.c_str(), format, &parts); rest != nullptr)
            return zoned(parts, rest);
    }
    return std::nullopt;
}

} // namespace

std::string moment(const std::string& word, const std::string& option, std::int64_t now_seconds) {
    if (word.empty() || is_number(word))
        return word;
    if (const auto span = span_of(word))
        return std::to_string(now_seconds - *span);
    if (const auto date = date_of(word))
        return std::to_string(*date);
    throw Error(Kind::usage, "{} takes a time, not \"{}\"", option, word)
        .hint("10m (ago), 2026-01-02T03:04:05, or seconds since 1970");
}

} // namespace orch::cmd::compose
