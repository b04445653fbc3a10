#include "compose/load/values/security_option.hpp"

#include "compose/load/values/paths.hpp"
#include "lib/base/error.hpp"
#include "lib/fs/files.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace orch::compose::load::values {

Parsed<std::string> resolve_security_option(
    std::string_view text,
    const std::filesystem::path& base,
    const os::Environment& environment,
    bool read
) {
    constexpr std::string_view name = "seccomp";
    const auto profile = text.substr(std::min(text.size(), name.size() + 1));
    const bool file = text.starts_with(name) && text.size() > name.size() &&
                      (text[name.size()] == ':' || text[name.size()] == '=') &&
                      profile != "unconfined" && profile != "builtin" && !profile.starts_with('{');
    if (!file)
        return {std::string(text), {}};
    try {
        const auto path = absolute_path(profile, base, environment);
        const auto content = fs::read_file(path);
        if (!read)
            return {fmt::format("seccomp={}", path), {}};
        return {fmt::format("seccomp={}", nlohmann::json::parse(content).dump()), {}};
    } catch (const Error& error) {
        const bool missing = error.kind() == Kind::not_found;
        return Parsed<std::string>::failure(fmt::format(
            "Error reading seccomp profile: {}: {}",
            profile,
            missing ? "no such file" : error.message()
        ));
    } catch (const nlohmann::json::exception&) {
        return Parsed<std::string>::failure(
            fmt::format("Error reading seccomp profile: {} is not JSON", profile)
        );
    }
}

} // namespace orch::compose::load::values
