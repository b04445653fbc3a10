#include "machine/config_file.hpp"

#include "lib/base/error.hpp"
#include "machine/migrate.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <optional>

namespace orch::machine {

namespace {

using Json = nlohmann::ordered_json;
namespace stdfs = std::filesystem;

/// Reads members of one object; absent and null ones leave the default, others of a wrong type
/// throw.
class Reader {
  public:
    Reader(const Json& object, std::string where) : object_(object), where_(std::move(where)) {
        if (!object_.is_object() && !object_.is_null())
            fail("", "an object");
    }

    [[nodiscard]] Reader child(const char* key) const {
        static const Json absent;
        const auto* value = find(key);
        return {value == nullptr ? absent : *value, where_ + "." + key};
    }

    [[nodiscard]] Json object(const char* key) const {
        const auto* value = find(key);
        if (value != nullptr && !value->is_object())
            fail(key, "an object");
        return value == nullptr ? Json::object() : *value;
    }

    void read(const char* key, std::string& target) const {
        if (const auto* value = find(key)) {
            if (!value->is_string())
                fail(key, "a string");
            target = value->get<std::string>();
        }
    }

    void read(const char* key, stdfs::path& target) const {
        std::string text;
        read(key, text);
        if (!text.empty())
            target = text;
    }

    void read(const char* key, bool& target) const {
        if (const auto* value = find(key)) {
            if (!value->is_boolean())
                fail(key, "true or false");
            target = value->get<bool>();
        }
    }

    void read(const char* key, std::vector<std::string>& target) const {
        const auto* value = find(key);
        if (value == nullptr)
            return;
        if (!value->is_array())
            fail(key, "an array of strings");
        target.clear();
        for (const auto& item : *value) {
            if (!item.is_string())
                fail(key, "an array of strings");
            target.push_back(item.get<std::string>());
        }
    }

  private:
    [[nodiscard]] const Json* find(const char* key) const {
        if (!object_.is_object())
            return nullptr;
        const auto found = object_.find(key);
        return found == object_.end() || found->is_null() ? nullptr : &*found;
    }

    [[noreturn]] void fail(const char* key, const char* wanted) const {
        const std::string dot = *key == '\0' ? "" : ".";
        throw Error(Kind::invalid, "{}{}{} is not {}", where_, dot, key, wanted);
    }

    const Json& object_;
    std::string where_;
};

void read_engine(const Reader& reader, EngineOptions& engine) {
    reader.read("ArbitraryFlags", engine.arbitrary_flags);
    reader.read("Env", engine.env);
    reader.read("InsecureRegistry", engine.insecure_registry);
    reader.read("Labels", engine.labels);
    reader.read("RegistryMirror", engine.registry_mirror);
    reader.read("StorageDriver", engine.storage_driver);
    reader.read("InstallURL", engine.install_url);
}

void read_swarm(const Reader& reader, SwarmOptions& swarm) {
    reader.read("IsSwarm", swarm.is_swarm);
    reader.read("Agent", swarm.agent);
    reader.read("Master", swarm.master);
    reader.read("IsExperimental", swarm.experimental);
    reader.read("Address", swarm.address);
    reader.read("Discovery", swarm.discovery);
    reader.read("Host", swarm.host);
    reader.read("Image", swarm.image);
    reader.read("Strategy", swarm.strategy);
    reader.read("ArbitraryFlags", swarm.arbitrary_flags);
    reader.read("ArbitraryJoinFlags", swarm.arbitrary_join_flags);
}

void read_auth(const Reader& reader, AuthOptions& auth) {
    reader.read("CertDir", auth.cert_dir);
    reader.read("CaCertPath", auth.ca_cert);
    reader.read("CaPrivateKeyPath", auth.ca_key);
    reader.read("ClientCertPath", auth.client_cert);
    reader.read("ClientKeyPath", auth.client_key);
    reader.read("ServerCertPath", auth.server_cert);
    reader.read("ServerKeyPath", auth.server_key);
    reader.read("ServerCertSANs", auth.server_sans);
}

/// Recorded paths of a store that was moved, brought to where it is now.
class Relocation {
  public:
    Relocation(const Json& config, const Location& location) : location_(location) {
        const auto driver = config.find("Driver");
        if (driver != config.end() && driver->is_object() && driver->contains("StorePath") &&
            (*driver)["StorePath"].is_string())
            recorded_ = (*driver)["StorePath"].get<std::string>();
        if (recorded_ == location.store)
            recorded_.clear();
    }

    [[nodiscard]] std::optional<stdfs::path> moved(const stdfs::path& path) const {
        if (recorded_.empty() || path.empty())
            return std::nullopt;
        const auto relative = path.lexically_relative(recorded_);
        if (relative.empty() || *relative.begin() == "..")
            return std::nullopt;
        std::error_code ignored;
        if (path != recorded_ && stdfs::exists(path, ignored))
            return std::nullopt;
        return relative == "." ? location_.store : location_.store / relative;
    }

    void apply(stdfs::path& path) const {
        if (auto target = moved(path))
            path = *target;
    }

    /// Any text of the driver's record that is such a path.
    void apply(Json& value) const {
        if (value.is_object() || value.is_array()) {
            for (auto& item : value)
                apply(item);
        } else if (value.is_string()) {
            if (auto target = moved(value.get<std::string>()))
                value = target->string();
        }
    }

  private:
    const Location& location_;
    stdfs::path recorded_; // empty: nothing was moved
};

void relocate(const Relocation& relocation, Machine& machine) {
    auto& auth = machine.auth;
    for (auto* path :
         {&auth.cert_dir,
          &auth.ca_cert,
          &auth.ca_key,
          &auth.client_cert,
          &auth.client_key,
          &auth.server_cert,
          &auth.server_key})
        relocation.apply(*path);
    relocation.apply(machine.record);
}

constexpr std::array<std::pair<Progress, const char*>, 2> progress_words{{
    {Progress::creating, "creating"},
    {Progress::made, "made"},
}};

void read_progress(const Reader& reader, Machine& machine) {
    std::string word;
    reader.read("Progress", word);
    reader.read("Failure", machine.failure);
    for (const auto& [progress, known] : progress_words)
        if (word == known)
            machine.progress = progress;
}

/// The member `key` if it is an object, else an empty one. (A copy: ordered_json moves its
/// members.)
Json object_at(const Json& parent, const char* key) {
    const auto found = parent.find(key);
    return found != parent.end() && found->is_object() ? *found : Json::object();
}

/// Known members in docker-machine's order, then those of `old` that are not known.
Json with_unknown(Json known, const Json& old) {
    for (const auto& [key, value] : old.items())
        if (!known.contains(key))
            known[key] = value;
    return known;
}

/// A member that orch does not use, as it was read, else as docker-machine writes it at first.
Json kept(const Json& object, const char* key, Json initial) {
    const auto found = object.find(key);
    return found == object.end() ? std::move(initial) : *found;
}

Json engine_json(const Json& old, const EngineOptions& engine) {
    return {
        {"ArbitraryFlags", engine.arbitrary_flags},
        {"Dns", kept(old, "Dns", nullptr)},
        {"GraphDir", kept(old, "GraphDir", "")},
        {"Env", engine.env},
        {"Ipv6", kept(old, "Ipv6", false)},
        {"InsecureRegistry", engine.insecure_registry},
        {"Labels", engine.labels},
        {"LogLevel", kept(old, "LogLevel", "")},
        {"StorageDriver", engine.storage_driver},
        {"SelinuxEnabled", kept(old, "SelinuxEnabled", false)},
        {"TlsVerify", kept(old, "TlsVerify", true)},
        {"RegistryMirror", engine.registry_mirror},
        {"InstallURL", engine.install_url},
    };
}

Json swarm_json(const Json& old, const SwarmOptions& swarm) {
    return {
        {"IsSwarm", swarm.is_swarm},
        {"Address", swarm.address},
        {"Discovery", swarm.discovery},
        {"Agent", swarm.agent},
        {"Master", swarm.master},
        {"Host", swarm.host},
        {"Image", swarm.image},
        {"Strategy", swarm.strategy},
        {"Heartbeat", kept(old, "Heartbeat", 0)},
        {"Overcommit", kept(old, "Overcommit", 0)},
        {"ArbitraryFlags", swarm.arbitrary_flags},
        {"ArbitraryJoinFlags", swarm.arbitrary_join_flags},
        {"Env", kept(old, "Env", nullptr)},
        {"IsExperimental", swarm.experimental},
    };
}

Json auth_json(const Json& old, const AuthOptions& auth, const Location& location) {
    return {
        {"CertDir", auth.cert_dir.string()},
        {"CaCertPath", auth.ca_cert.string()},
        {"CaPrivateKeyPath", auth.ca_key.string()},
        {"CaCertRemotePath", kept(old, "CaCertRemotePath", "")},
        {"ServerCertPath", auth.server_cert.string()},
        {"ServerKeyPath", auth.server_key.string()},
        {"ClientKeyPath", auth.client_key.string()},
        {"ServerCertRemotePath", kept(old, "ServerCertRemotePath", "")},
        {"ServerKeyRemotePath", kept(old, "ServerKeyRemotePath", "")},
        {"ClientCertPath", auth.client_cert.string()},
        {"ServerCertSANs", auth.server_sans},
        {"StorePath", location.machine.string()},
    };
}

} // namespace

AuthOptions default_auth(const Location& location) {
    return {
        .cert_dir = location.certs,
        .ca_cert = location.certs / "ca.pem",
        .ca_key = location.certs / "ca-key.pem",
        .client_cert = location.certs / "cert.pem",
        .client_key = location.certs / "key.pem",
        .server_cert = location.machine / "server.pem",
        .server_key = location.machine / "server-key.pem",
    };
}

Machine machine_from_json(
    Json config, const std::string& name, const Location& location, const std::string& source
) {
    if (!config.is_object())
        throw Error(Kind::invalid, "{}: not a JSON object", source);
    config = migrate(std::move(config), location, source);
    const Reader reader(config, source + ": config");
    Machine machine;
    machine.name = name;
    machine.auth = default_auth(location);
    reader.read("DriverName", machine.driver);
    machine.record = reader.object("Driver");
    const auto options = reader.child("HostOptions");
    read_engine(options.child("EngineOptions"), machine.engine);
    read_swarm(options.child("SwarmOptions"), machine.swarm);
    read_auth(options.child("AuthOptions"), machine.auth);
    read_progress(reader.child("Orch"), machine);
    relocate(Relocation(config, location), machine);
    machine.raw = std::move(config);
    return machine;
}

Json json_from_machine(const Machine& machine, const Location& location) {
    const Json old = machine.raw.is_object() ? machine.raw : Json::object();
    const auto options = object_at(old, "HostOptions");
    const auto engine = object_at(options, "EngineOptions");
    const auto swarm = object_at(options, "SwarmOptions");
    const auto auth = object_at(options, "AuthOptions");
    const Json known_options = {
        {"Driver", kept(options, "Driver", "")},
        {"Memory", kept(options, "Memory", 0)},
        {"Disk", kept(options, "Disk", 0)},
        {"EngineOptions", with_unknown(engine_json(engine, machine.engine), engine)},
        {"SwarmOptions", with_unknown(swarm_json(swarm, machine.swarm), swarm)},
        {"AuthOptions", with_unknown(auth_json(auth, machine.auth, location), auth)},
    };
    const Json known = {
        {"ConfigVersion", 3},
        {"Driver", machine.record.is_object() ? machine.record : Json::object()},
        {"DriverName", machine.driver},
        {"HostOptions", with_unknown(known_options, options)},
        {"Name", machine.name},
    };
    auto config = with_unknown(known, old);
    config.erase("Orch");
    for (const auto& [progress, word] : progress_words)
        if (machine.progress == progress)
            config["Orch"] = {{"Progress", word}, {"Failure", machine.failure}};
    return config;
}

} // namespace orch::machine
