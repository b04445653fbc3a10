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

} // namespace

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
