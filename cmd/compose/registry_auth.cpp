#include "cmd/compose/registry_auth.hpp"

#include "lib/base/base64.hpp"
#include "lib/base/text.hpp"
#include "lib/fs/files.hpp"
#include "lib/json/json.hpp"

#include <nlohmann/json.hpp>

namespace orch::cmd::compose {

namespace {

constexpr auto docker_hub = "https://index.docker.io/v1/"; // its key in config.json

/// The registry of an image: what stands before the first slash, if it looks like a host.
std::string registry_of(const std::string& reference) {
    const auto slash = reference.find('/');
    if (slash == std::string::npos)
        return docker_hub;
    const auto host = reference.substr(0, slash);
    const bool is_host = host.find_first_of(".:") != std::string::npos || host == "localhost";
    return is_host ? host : docker_hub;
}

/// Keys are compared without scheme and path.
std::string bare_host(std::string key) {
    if (const auto scheme = key.find("://"); scheme != std::string::npos)
        key.erase(0, scheme + 3);
    return key.substr(0, key.find('/'));
}

nlohmann::json entry_for(const nlohmann::json& config, const std::string& registry) {
    const auto auths = config.value("auths", nlohmann::json::object());
    if (auths.contains(registry))
        return auths[registry];
    for (const auto& [key, entry] : auths.items())
        if (bare_host(key) == bare_host(registry))
            return entry;
    return {};
}

/// The object that the engine wants, from an entry's "auth" (base64 of user:password) or token.
nlohmann::json credentials(const nlohmann::json& entry, const std::string& registry) {
    if (!entry.is_object())
        return {};
    if (const auto token = entry.value("identitytoken", ""); !token.empty())
        return {{"identitytoken", token}, {"serveraddress", registry}};
    const auto plain = base64::decode(entry.value("auth", ""));
    const auto colon = plain.find(':');
    if (colon == std::string::npos)
        return {};
    return {
        {"username", plain.substr(0, colon)},
        {"password", plain.substr(colon + 1)},
        {"serveraddress", registry},
    };
}

} // namespace

orch::compose::RegistryAuth registry_auth(const Session& session) {
    const auto fallback = (session.environment.home() / ".docker").string();
    const std::filesystem::path dir = session.environment.get_or("DOCKER_CONFIG", fallback);
    return [file = dir / "config.json"](const std::string& reference) -> std::string {
        if (!std::filesystem::exists(file))
            return {};
        const auto config = json::parse(fs::read_file(file), file.string());
        const auto registry = registry_of(reference);
        const auto found = credentials(entry_for(config, registry), registry);
        return found.is_null() ? "" : base64::encode_url(found.dump());
    };
}

bool ignores_orphans(const Session& session) {
    const auto word = text::lower(session.environment.get_or("COMPOSE_IGNORE_ORPHANS", ""));
    return word == "1" || word == "true";
}

} // namespace orch::cmd::compose
