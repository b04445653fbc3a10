#include "lib/engine/moment.hpp"

#include <fmt/core.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <ctime>
#include <string_view>
#include <utility>

namespace orch::engine {

namespace {

constexpr std::int64_t billion = 1'000'000'000;

std::string seconds_text(std::int64_t nanoseconds) {
    return fmt::format("{}.{:09}", nanoseconds / billion, nanoseconds % billion);
}

bool all_digits(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// "1767225600" and "1767225600.5" are what the engine takes already.
bool is_unix_time(std::string_view word) {
    const auto dot = word.find('.');
    return all_digits(word.substr(0, dot)) &&
           (dot == std::string_view::npos || all_digits(word.substr(dot + 1)));
}

/// Go's time.ParseDuration, in nanoseconds: "1h15m30.5s".
std::optional<std::int64_t> duration_in(std::string_view word) {
    constexpr std::array<std::pair<std::string_view, double>, 6> units{
        {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}}};
    double total = 0;
    while (!word.empty()) {
        double number = 0;
        const auto parsed = std::from_chars(word.data(), word.data() + word.size(), number);
        if (parsed.ec != std::errc() || number < 0)
            return std::nullopt;
        word.remove_prefix(static_cast<std::size_t>(parsed.ptr - word.data()));
        const auto unit = word.substr(0, word.find_first_of("0123456789."));
        word.remove_prefix(unit.size());
        double factor = 0;
        for (const auto& [name, nanoseconds] : units)
            if (name == unit)
                factor = nanoseconds;
        if (factor == 0)
            return std::nullopt;
        total += number * factor;
    }
    if (total > 9e18)
        return std::nullopt;
    return static_cast<std::int64_t>(total);
}

/// ".5" as nanoseconds; takes it off.
std::int64_t take_fraction(std::string_view& rest) {
    std::int64_t fraction = 0;
    if (!rest.starts_with('.'))
        return fraction;
    rest.remove_prefix(1);
    for (auto unit = billion / 10; !rest.empty() && all_digits(rest.substr(0, 1)); unit /= 10) {
        fraction += (rest.front() - '0') * unit;
        rest.remove_prefix(1);
    }
    return fraction;
}

/// "Z", "+01:30" or nothing, which is the local zone. Seconds since 1970.
std::optional<std::int64_t> with_zone(std::tm parts, std::string_view zone) {
    if (zone.empty()) {
        parts.tm_isdst = -1;
        return std::mktime(&parts);
    }
    if (zone == "Z")
        return timegm(&parts);
    if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':' ||
        !all_digits(zone.substr(1, 2)) || !all_digits(zone.substr(4, 2)))
        return std::nullopt;
    const auto two = [&](std::size_t at) { return (zone[at] - '0') * 10 + (zone[at + 1] - '0'); };
    const auto offset = (two(1) * 60 + two(4)) * 60;
    return timegm(&parts) - (zone[0] == '+' ? offset : -offset);
}

std::optional<std::string> date_in(const std::string& word) {
    for (const auto* form : {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H", "%Y-%m-%d"}) {
        std::tm parts{};
        const char* const end = ::strptime(word.c_str(), form, &parts);
        if (end == nullptr)
            continue;
        std::string_view rest(end);
        const auto fraction = take_fraction(rest);
        if (const auto seconds = with_zone(parts, rest))
            return seconds_text(*seconds * billion + fraction);
    }
    return std::nullopt;
}

} // namespace

std::optional<std::string>
read_moment(const std::string& word, std::chrono::system_clock::time_point now) {
    if (word.empty())
        return std::nullopt;
    if (is_unix_time(word))
        return word;
    if (const auto ago = duration_in(word)) {
        using std::chrono::nanoseconds;
        const auto then = std::chrono::duration_cast<nanoseconds>(now.time_since_epoch());
        return seconds_text(then.count() - *ago);
    }
    return date_in(word);
}

} // namespace orch::engine
