#include "lib/os/environment.hpp"

#include "lib/base/error.hpp"

#include <pwd.h>
#include <unistd.h>

extern char** environ; // NOLINT: POSIX declares it nowhere

namespace orch::os {

Environment Environment::snapshot() {
    std::map<std::string, std::string, std::less<>> values;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const auto equals = text.find('=');
        if (equals == std::string_view::npos)
            continue;
        values.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return Environment(std::move(values));
}

std::optional<std::string> Environment::get(std::string_view name) const {
    const auto found = values_.find(name);
    if (found == values_.end())
        return std::nullopt;
    return found->second;
}

std::string Environment::get_or(std::string_view name, std::string fallback) const {
    const auto value = get(name);
    return value && !value->empty() ? *value : std::move(fallback);
}

std::filesystem::path Environment::home() const {
    if (const auto home = get_or("HOME", ""); !home.empty())
        return home;
    passwd entry{};
    passwd* found = nullptr;
    std::string buffer(16384, '\0');
    if (getpwuid_r(getuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr)
        return found->pw_dir;
    throw Error(Kind::not_found, "the home directory is not known").hint("set HOME");
}

} // namespace orch::os
