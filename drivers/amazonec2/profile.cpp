#include "drivers/amazonec2/profile.hpp"

#include "lib/base/text.hpp"
#include "lib/fs/files.hpp"

#include <filesystem>

namespace orch::drivers::amazonec2 {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// Of the profile in the file of a variable, if both are there.
std::optional<Profile> look_in(
    const std::string& variable,
    const char* usual,
    const std::string& section,
    const os::Environment& environment
) {
    auto file = environment.get_or(variable, "");
    if (file.empty())
        file = environment.home() / ".aws" / usual;
    else if (file.starts_with("~/"))
        file.replace(0, 1, environment.home().string());
    if (!std::filesystem::is_regular_file(file))
        return std::nullopt;
    auto profiles = read_profiles(fs::read_file(file));
    const auto found = profiles.find(section);
    return found == profiles.end() ? std::nullopt : std::optional(std::move(found->second));
}

} // namespace

std::map<std::string, Profile, std::less<>> read_profiles(std::string_view text) {
    std::map<std::string, Profile, std::less<>> profiles;
    Profile* current = nullptr;
    for (const auto& raw : text::lines(text)) {
        const auto line = text::trim(raw);
        if (line.empty() || line.front() == '#' || line.front() == ';')
            continue;
        if (line.front() == '[') {
            const auto end = line.find(']');
            current = &profiles[std::string(text::trim(line.substr(1, end - 1)))];
            continue;
        }
        const auto equals = line.find('=');
        if (current == nullptr || equals == std::string_view::npos || is_blank(raw.front()))
            continue;
        const auto name = text::lower(text::trim(line.substr(0, equals)));
        (*current)[name] = text::trim(line.substr(equals + 1));
    }
    return profiles;
}

std::optional<Profile> find_profile(const std::string& name, const os::Environment& environment) {
    auto profile = look_in("AWS_SHARED_CREDENTIALS_FILE", "credentials", name, environment);
    auto more = look_in("AWS_CONFIG_FILE", "config", "profile " + name, environment);
    if (!more && name == "default") // which needs no "profile" before it
        more = look_in("AWS_CONFIG_FILE", "config", name, environment);
    if (!profile)
        return more;
    if (more)
        profile->merge(*more); // what is there already stays
    return profile;
}

std::vector<std::string> command_words(std::string_view line) {
    std::vector<std::string> words;
    bool quoted = false;
    bool open = false;
    for (const char c : line) {
        if (c == '"') {
            quoted = !quoted;
        } else if (is_blank(c) && !quoted) {
            open = false;
            continue;
        }
        if (!open)
            words.emplace_back();
        open = true;
        if (c != '"')
            words.back() += c;
    }
    return words;
}

} // namespace orch::drivers::amazonec2
