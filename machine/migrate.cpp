#include "machine/migrate.hpp"

#include "lib/base/error.hpp"

#include <nlohmann/json.hpp>

namespace orch::machine {

namespace {

using Json = nlohmann::ordered_json;

constexpr int current_version = 3;

int version_of(const Json& config, const std::string& source) {
    const auto version = config.find("ConfigVersion");
    if (version == config.end())
        return 0;
    if (!version->is_number_integer() || version->get<int>() < 0)
        throw Error(Kind::invalid, "{}: ConfigVersion is not a number", source);
    if (version->get<int>() > current_version)
        throw Error(
            Kind::invalid,
            "{}: config version is from the future -- you should upgrade your Docker Machine "
            "client",
            source
        )
            .hint("orch reads versions 0 to {}", current_version);
    return version->get<int>();
}

/// Moves `key` of `from`, if it is there, to `to[as]`.
void move_key(Json& from, const char* key, Json& to, const char* as) {
    const auto found = from.find(key);
    if (found == from.end())
        return;
    to[as] = *found;
    from.erase(key);
}

/// Everything stood at the top level; a HostOptions of that time was never used.
Json from_version_0(Json config) {
    Json swarm = Json::object();
    move_key(config, "SwarmHost", swarm, "Host");
    move_key(config, "SwarmMaster", swarm, "Master");
    move_key(config, "SwarmDiscovery", swarm, "Discovery");
    Json auth = Json::object();
    move_key(config, "CaCertPath", auth, "CaCertPath");
    move_key(config, "PrivateKeyPath", auth, "CaPrivateKeyPath");
    move_key(config, "ServerCertPath", auth, "ServerCertPath");
    move_key(config, "ServerKeyPath", auth, "ServerKeyPath");
    move_key(config, "ClientCertPath", auth, "ClientCertPath");
    move_key(config, "ClientKeyPath", auth, "ClientKeyPath");
    config["HostOptions"] = {
        {"EngineOptions", {{"TlsVerify", true}, {"InstallURL", "https://get.docker.com"}}},
        {"SwarmOptions", swarm},
        {"AuthOptions", auth},
    };
    return config;
}

void from_version_1(Json& config) {
    auto& options = config["HostOptions"];
    if (!options.is_object())
        return;
    auto& auth = options["AuthOptions"];
    if (auth.is_object())
        move_key(auth, "PrivateKeyPath", auth, "CaPrivateKeyPath");
}

} // namespace

Json migrate(Json config, const Location& location, const std::string& source) {
    const int version = version_of(config, source);
    if (version == current_version)
        return config;
    if (version == 0)
        config = from_version_0(std::move(config));
    if (version == 1)
        from_version_1(config);
    // The files are where they are: the directories that older versions recorded are not needed.
    config.erase("StorePath");
    if (auto driver = config.find("Driver"); driver != config.end() && driver->is_object())
        (*driver)["StorePath"] = location.store.string();
    config["ConfigVersion"] = current_version;
    return config;
}

} // namespace orch::machine
