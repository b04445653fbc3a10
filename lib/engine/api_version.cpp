#include "lib/engine/api_version.hpp"

#include "lib/base/error.hpp"

#include <charconv>
#include <optional>
#include <utility>

namespace orch::engine {

namespace {

std::optional<std::pair<int, int>> numbers_in(std::string_view version) {
    std::pair<int, int> numbers;
    const auto end = version.data() + version.size();
    const auto major = std::from_chars(version.data(), end, numbers.first);
    if (major.ec == std::errc() && major.ptr != end && *major.ptr == '.') {
        const auto minor = std::from_chars(major.ptr + 1, end, numbers.second);
        if (minor.ec == std::errc() && minor.ptr == end)
            return numbers;
    }
    return std::nullopt;
}

std::pair<int, int> parse(std::string_view version) {
    if (const auto numbers = numbers_in(version))
        return *numbers;
    throw Error(Kind::remote, "the engine names an API version that is none: \"{}\"", version);
}

struct Release {
    std::pair<int, int> engine;
    const char* api;
};

/// The first engine that spoke it, from the API's history of versions; 1.12 is the oldest here.
constexpr Release releases[] = {
    {{29, 6}, "1.55"}, {{29, 3}, "1.54"},  {{29, 2}, "1.53"},  {{29, 0}, "1.52"},
    {{28, 0}, "1.48"}, {{27, 2}, "1.47"},  {{27, 0}, "1.46"},  {{26, 0}, "1.45"},
    {{25, 0}, "1.44"}, {{24, 0}, "1.43"},  {{23, 0}, "1.42"},  {{20, 10}, "1.41"},
    {{19, 3}, "1.40"}, {{18, 9}, "1.39"},  {{18, 6}, "1.38"},  {{18, 3}, "1.37"},
    {{18, 2}, "1.36"}, {{17, 12}, "1.35"}, {{17, 11}, "1.34"}, {{17, 10}, "1.33"},
    {{17, 9}, "1.32"}, {{17, 7}, "1.31"},  {{17, 6}, "1.30"},  {{17, 5}, "1.29"},
    {{17, 4}, "1.28"}, {{17, 3}, "1.26"},  {{1, 13}, "1.25"},
};

} // namespace

std::string api_of_engine(const std::string& version) {
    const auto dot = version.find('.');
    const auto end =
        dot == std::string::npos ? dot : version.find_first_not_of("0123456789", dot + 1);
    const auto numbers = numbers_in(std::string_view(version).substr(0, end));
    if (numbers)
        for (const auto& release : releases)
            if (release.engine <= *numbers)
                return release.api;
    return std::string(lowest_api);
}

bool is_api_version(std::string_view text) { return numbers_in(text).has_value(); }

bool api_less(std::string_view a, std::string_view b) { return parse(a) < parse(b); }

std::string negotiate(const Version& engine) {
    const std::string version(
        api_less(engine.api, highest_api) ? std::string_view(engine.api) : highest_api
    );
    if (api_less(version, lowest_api))
        throw Error(
            Kind::unsupported,
            "the engine (version {}) speaks API {}, orch needs {} or newer",
            engine.engine,
            engine.api,
            lowest_api
        )
            .hint("upgrade the engine");
    if (!engine.min_api.empty() && api_less(version, engine.min_api))
        throw Error(
            Kind::unsupported,
            "the engine (version {}) speaks API {} and newer, orch only {}",
            engine.engine,
            engine.min_api,
            highest_api
        )
            .hint("upgrade orch");
    return version;
}

} // namespace orch::engine
