#include "machine/layout.hpp"

#include "lib/base/text.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace orch::machine {

namespace {

using Json = nlohmann::ordered_json;

/// What docker-machine writes for a new machine. Lists that are null there are null here: tools
/// that compare files see no difference.
constexpr std::string_view new_machine = R"({
    "ConfigVersion": 3,
    "Driver": {},
    "DriverName": "",
    "HostOptions": {
        "Driver": "",
        "Memory": 0,
        "Disk": 0,
        "EngineOptions": {
            "ArbitraryFlags": [],
            "Dns": null,
            "GraphDir": "",
            "Env": [],
            "Ipv6": false,
            "InsecureRegistry": [],
            "Labels": [],
            "LogLevel": "",
            "StorageDriver": "",
            "SelinuxEnabled": false,
            "TlsVerify": true,
            "RegistryMirror": [],
            "InstallURL": "https://get.docker.com"
        },
        "SwarmOptions": {
            "IsSwarm": false,
            "Address": "",
            "Discovery": "",
            "Agent": false,
            "Master": false,
            "Host": "tcp://0.0.0.0:3376",
            "Image": "swarm:latest",
            "Strategy": "spread",
            "Heartbeat": 0,
            "Overcommit": 0,
            "ArbitraryFlags": [],
            "ArbitraryJoinFlags": [],
            "Env": null,
            "IsExperimental": false
        },
        "AuthOptions": {
            "CertDir": "",
            "CaCertPath": "",
            "CaPrivateKeyPath": "",
            "CaCertRemotePath": "",
            "ServerCertPath": "",
            "ServerKeyPath": "",
            "ClientKeyPath": "",
            "ServerCertRemotePath": "",
            "ServerKeyRemotePath": "",
            "ClientCertPath": "",
            "ServerCertSANs": [],
            "StorePath": ""
        }
    },
    "Name": ""
})";

bool same_but_for_case(std::string_view a, std::string_view b) {
    return a.size() == b.size() && text::lower(a) == text::lower(b);
}

/// The key as the layout spells it, or as it is if the layout does not have it.
std::string spelled(const Json& layout, const std::string& key) {
    for (const auto& [name, value] : layout.items())
        if (same_but_for_case(name, key))
            return name;
    return key;
}

/// The document's keys in its own order; each one that it lacks behind its neighbour of the layout.
std::vector<std::string> keys_of(const Json& layout, const Json& document) {
    std::vector<std::string> keys;
    for (const auto& [key, value] : document.items())
        if (auto name = spelled(layout, key);
            std::find(keys.begin(), keys.end(), name) == keys.end())
            keys.push_back(std::move(name));
    auto place = keys.begin();
    for (const auto& [key, standard] : layout.items()) {
        const auto found = std::find(keys.begin(), keys.end(), key);
        place = (found == keys.end() ? keys.insert(place, key) : found) + 1;
    }
    return keys;
}

Json arrange(const Json& layout, const Json& document) {
    Json result = Json::object();
    for (const auto& key : keys_of(layout, document)) {
        const auto standard = layout.find(key);
        const auto* value = find_key(document, key);
        if (standard == layout.end())
            result[key] = *value;
        else if (value == nullptr || (value->is_null() && standard->is_object()))
            result[key] = *standard;
        else if (value->is_object() && standard->is_object())
            result[key] = arrange(*standard, *value);
        else
            result[key] = *value;
    }
    return result;
}

} // namespace

const Json* find_key(const Json& object, std::string_view key) {
    if (!object.is_object())
        return nullptr;
    if (const auto exact = object.find(std::string(key)); exact != object.end())
        return &*exact;
    for (const auto& [name, value] : object.items())
        if (same_but_for_case(name, key))
            return &value;
    return nullptr;
}

Json in_layout(const Json& document) {
    static const Json layout = Json::parse(new_machine);
    return arrange(layout, document.is_null() ? Json::object() : document);
}

} // namespace orch::machine
