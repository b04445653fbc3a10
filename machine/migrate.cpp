#include "machine/migrate.hpp"

#include "lib/base/error.hpp"

#include <algorithm>
#include <array>
#include <unistd.h>
#include <vector>

namespace orch::machine {

namespace {

using Json = nlohmann::ordered_json;
using std::filesystem::path;

std::string text_at(const Json& object, std::string_view key) {
    const auto* value = find_key(object, key);
    return value != nullptr && value->is_string() ? value->get<std::string>() : "";
}

/// Version 0 (docker-machine 0.1): everything at the top.
constexpr std::array<std::string_view, 10> flat_keys = {
    "StorePath",
    "CaCertPath",
    "PrivateKeyPath",
    "ServerCertPath",
    "ServerKeyPath",
    "ClientCertPath",
    "ClientKeyPath",
    "SwarmHost",
    "SwarmMaster",
    "SwarmDiscovery"};

void copy(const Json& from, std::string_view old_key, Json& to, const char* key) {
    if (const auto* value = find_key(from, old_key); value != nullptr && !value->is_null())
        to[key] = *value;
}

/// Its HostOptions, if there are any, never took effect and are dropped as docker-machine did.
Json nest_flat_options(const Json& document) {
    Json swarm;
    copy(document, "SwarmHost", swarm, "Host");
    copy(document, "SwarmMaster", swarm, "Master");
    copy(document, "SwarmDiscovery", swarm, "Discovery");
    Json auth;
    for (const auto* key :
         {"CaCertPath", "ServerCertPath", "ServerKeyPath", "ClientCertPath", "ClientKeyPath"})
        copy(document, key, auth, key);
    copy(document, "PrivateKeyPath", auth, "CaPrivateKeyPath");

    auto nested = document;
    nested["HostOptions"] = Json{{"SwarmOptions", swarm}, {"AuthOptions", auth}};
    return nested;
}

/// Normal form without a slash at the end: the prefix of what lies below.
path as_prefix(const path& dir) {
    const auto normal = dir.lexically_normal();
    return normal.has_filename() ? normal : normal.parent_path();
}

/// The machine's directory as the old file knew it; empty if it did not say.
path recorded_dir(const Json& document) {
    const auto dir = as_prefix(text_at(document, "StorePath"));
    return dir.is_absolute() ? dir : path();
}

bool is_below(const path& candidate, const path& dir) {
    return std::mismatch(dir.begin(), dir.end(), candidate.begin(), candidate.end()).first ==
           dir.end();
}

/// What may not be read (a file of another user) is of no use.
bool is_usable(const path& file) { return ::access(file.c_str(), R_OK) == 0; }

/// The paths of one document after a move of the store or of the machine's directory.
class Relocation {
  public:
    Relocation(const Json& document, const Place& place)
        : place_(place), old_store_(recorded_store(document)) {
        const auto name = text_at(document, "Name");
        old_dir_ = old_store_ / "machines" / (name.empty() ? place.name : name);
    }

    [[nodiscard]] bool needed() const {
        return old_store_.is_absolute() && old_store_.has_relative_path() &&
               (old_store_ != as_prefix(place_.store) || old_dir_ != as_prefix(place_.dir()));
    }

    void apply(Json& value) const {
        if (value.is_structured()) {
            for (auto& item : value)
                apply(item);
        } else if (value.is_string()) {
            const auto& recorded = value.get_ref<const std::string&>();
            if (auto now = present_path(as_prefix(recorded)); !now.empty())
                value = now.string();
        }
    }

  private:
    /// The root as drivers record it, else what the machine's directory tells.
    static path recorded_store(const Json& document) {
        if (const auto root = text_at(document["Driver"], "StorePath"); !root.empty())
            return as_prefix(root);
        const auto& auth = document["HostOptions"]["AuthOptions"];
        return as_prefix(text_at(auth, "StorePath")).parent_path().parent_path();
    }

    /// Empty if `recorded` is right or none of ours.
    [[nodiscard]] path present_path(const path& recorded) const {
        if (!is_below(recorded, old_store_))
            return {};
        const bool own = is_below(recorded, old_dir_);
        const auto rest = recorded.lexically_relative(own ? old_dir_ : old_store_);
        auto here = as_prefix((own ? place_.dir() : place_.store) / rest);
        // The old root may live on, with other machines in it or as the original of a copy: what
        // lies beside the file that was read is meant. Only what is nowhere else is taken there.
        const bool is_root = recorded == old_store_ || recorded == old_dir_;
        if (!place_.whole && !is_root && !is_usable(here) && is_usable(recorded))
            return {};
        return here;
    }

    const Place& place_;
    path old_store_;
    path old_dir_;
};

} // namespace

int config_version(const Json& document) {
    const auto* version = find_key(document, "ConfigVersion");
    if (version == nullptr || version->is_null())
        return 0;
    if (!version->is_number_unsigned())
        throw Error(Kind::invalid, "ConfigVersion is not a version number");
    const auto number = version->get<std::uint64_t>();
    if (number > newest_config_version)
        throw Error(
            Kind::invalid,
            "config version is from the future: it is {}, this program knows {} and older",
            number,
            newest_config_version
        )
            .hint("use the newer program that wrote the file, or upgrade this one");
    return static_cast<int>(number);
}

Json migrate(const Json& document, const Place& place) {
    const int version = config_version(document);
    if (version == newest_config_version)
        return in_layout(document);

    auto result = in_layout(version == 0 ? nest_flat_options(document) : document);
    result["ConfigVersion"] = newest_config_version;
    auto& driver = result["Driver"];
    auto& auth = result["HostOptions"]["AuthOptions"];
    if (auth.contains("PrivateKeyPath")) { // until version 1
        if (text_at(auth, "CaPrivateKeyPath").empty())
            auth["CaPrivateKeyPath"] = auth["PrivateKeyPath"];
        auth.erase("PrivateKeyPath");
    }
    if (const auto dir = recorded_dir(document); !dir.empty())
        driver["StorePath"] = dir.parent_path().parent_path().string();
    relocate(result, place);
    // docker-machine's own migration got these wrong in three ways.
    driver["StorePath"] = place.store.string();
    auth["StorePath"] = place.dir().string();
    auth["CertDir"] = place.certs().string();
    result.erase("StorePath");
    if (version == 0)
        for (const auto key : flat_keys)
            result.erase(std::string(key));
    return result;
}

void relocate(Json& document, const Place& place) {
    if (const Relocation relocation(document, place); relocation.needed()) {
        relocation.apply(document["Driver"]);
        relocation.apply(document["HostOptions"]["AuthOptions"]);
        if (const auto own = document.find("Orch"); own != document.end() && own->is_object())
            relocation.apply((*own)["Driver"]);
    }
}

} // namespace orch::machine
