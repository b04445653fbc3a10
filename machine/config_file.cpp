#include "machine/config_file.hpp"

#include "lib/base/error.hpp"
#include "lib/json/json.hpp"
#include "machine/migrate.hpp"

#include <type_traits>
#include <utility>

namespace orch::machine {

namespace {

using Json = nlohmann::ordered_json;
using std::filesystem::path;
using Texts = std::vector<std::string>;

// Which key holds which member: the one table for both directions.

template <class Visit>
void each_field(const EngineOptions*, Visit&& visit) {
    visit("ArbitraryFlags", &EngineOptions::arbitrary_flags);
    visit("Env", &EngineOptions::env);
    visit("InsecureRegistry", &EngineOptions::insecure_registry);
    visit("Labels", &EngineOptions::labels);
    visit("StorageDriver", &EngineOptions::storage_driver);
    visit("RegistryMirror", &EngineOptions::registry_mirror);
    visit("InstallURL", &EngineOptions::install_url);
}

template <class Visit>
void each_field(const SwarmOptions*, Visit&& visit) {
    visit("IsSwarm", &SwarmOptions::is_swarm);
    visit("Address", &SwarmOptions::address);
    visit("Discovery", &SwarmOptions::discovery);
    visit("Agent", &SwarmOptions::agent);
    visit("Master", &SwarmOptions::master);
    visit("Host", &SwarmOptions::host);
    visit("Image", &SwarmOptions::image);
    visit("Strategy", &SwarmOptions::strategy);
    visit("ArbitraryFlags", &SwarmOptions::arbitrary_flags);
    visit("ArbitraryJoinFlags", &SwarmOptions::arbitrary_join_flags);
    visit("IsExperimental", &SwarmOptions::experimental);
}

template <class Visit>
void each_field(const AuthOptions*, Visit&& visit) {
    visit("CertDir", &AuthOptions::cert_dir);
    visit("CaCertPath", &AuthOptions::ca_cert);
    visit("CaPrivateKeyPath", &AuthOptions::ca_key);
    visit("ServerCertPath", &AuthOptions::server_cert);
    visit("ServerKeyPath", &AuthOptions::server_key);
    visit("ClientKeyPath", &AuthOptions::client_key);
    visit("ClientCertPath", &AuthOptions::client_cert);
    visit("ServerCertSANs", &AuthOptions::server_sans);
}

/// One object of the document while it is read; null leaves a member as it is, as in Go.
class Reader {
  public:
    Reader(const Json& object, std::string where) : object_(object), where_(std::move(where)) {}

    void read(const char* key, std::string& into) const {
        if (const auto* value = find(key, &Json::is_string, "text"))
            into = value->get<std::string>();
    }

    void read(const char* key, path& into) const {
        if (const auto* value = find(key, &Json::is_string, "text"))
            into = value->get<std::string>();
    }

    void read(const char* key, bool& into) const {
        if (const auto* value = find(key, &Json::is_boolean, "true or false"))
            into = value->get<bool>();
    }

    void read(const char* key, Texts& into) const {
        const auto* list = find(key, &Json::is_array, "a list");
        if (list == nullptr)
            return;
        into.clear();
        for (const auto& item : *list) {
            if (!item.is_string())
                fail(key, "holds something that is not text");
            into.push_back(item.get<std::string>());
        }
    }

    [[nodiscard]] Reader object(const char* key) const {
        static const Json nothing = Json::object();
        const auto* value = find(key, &Json::is_object, "an object");
        return {value == nullptr ? nothing : *value, where_ + key + "."};
    }

    /// The object of that name as it is; null if there is none.
    [[nodiscard]] Json json(const char* key) const {
        const auto* value = find(key, &Json::is_object, "an object");
        return value == nullptr ? Json() : *value;
    }

    template <class Options>
    void read_options(Options& options) const {
        each_field(&options, [&](const char* key, auto member) { read(key, options.*member); });
    }

  private:
    using Test = bool (Json::*)() const noexcept;

    const Json* find(const char* key, Test is_right, std::string_view right) const {
        const auto* value = find_key(object_, key);
        if (value == nullptr || value->is_null())
            return nullptr;
        if (!(value->*is_right)())
            fail(key, fmt::format("is not {}", right));
        return value;
    }

    [[noreturn]] void fail(const char* key, std::string_view what) const {
        throw Error(Kind::invalid, "{}{} {}", where_, key, what);
    }

    const Json& object_;
    std::string where_;
};

struct AllOptions {
    EngineOptions engine;
    SwarmOptions swarm;
    AuthOptions auth;
};

AllOptions read_options(const Json& document) {
    AllOptions options;
    const auto host = Reader(document, "").object("HostOptions");
    host.object("EngineOptions").read_options(options.engine);
    host.object("SwarmOptions").read_options(options.swarm);
    host.object("AuthOptions").read_options(options.auth);
    return options;
}

/// The rest of the code walks through these without asking.
void check_shape(const Json& document) {
    if (!document.is_object())
        throw Error(Kind::invalid, "it holds no JSON object");
    const Reader top(document, "");
    std::ignore = top.object("Driver");
    const auto host = top.object("HostOptions");
    for (const auto* key : {"EngineOptions", "SwarmOptions", "AuthOptions"})
        std::ignore = host.object(key);
}

void fill_gaps(AuthOptions& auth, const AuthOptions& standard) {
    each_field(&auth, [&](const char*, auto member) {
        if ((auth.*member).empty())
            auth.*member = standard.*member;
    });
}

template <class Options>
void write_changes(Json& object, const Options& now, const Options& before) {
    each_field(&now, [&](const char* key, auto member) {
        if (now.*member == before.*member)
            return;
        if constexpr (std::is_same_v<std::decay_t<decltype(now.*member)>, path>)
            object[key] = (now.*member).string();
        else
            object[key] = now.*member;
    });
}

// The key of orch's own; docker-machine does not know it and drops it when it saves.
constexpr auto own_key = "Orch";

std::string_view word_of(Progress progress) {
    return progress == Progress::creating ? "creating" : "made";
}

void read_own(const Json& document, Machine& machine) {
    if (const auto* own = find_key(document, own_key); own == nullptr || own->is_null())
        return;
    const Reader own = Reader(document, "").object(own_key);
    std::string word;
    own.read("Progress", word);
    own.read("Failure", machine.failure);
    machine.wishes = own.json("Options");
    const auto swarm = own.object("Swarm");
    swarm.read("Cluster", machine.membership.cluster);
    swarm.read("Node", machine.membership.node);
    if (auto beside = own.json("Driver"); beside.is_object())
        machine.record[drivers::beside_record] = std::move(beside);
    if (word.empty())
        return;
    // A word of a later orch must not promise more than is known.
    machine.progress = word == word_of(Progress::made) ? Progress::made : Progress::creating;
}

void write_own(Json& document, const Machine& machine) {
    document.erase(own_key);
    auto own = Json::object();
    if (machine.progress != Progress::ready)
        own["Progress"] = word_of(machine.progress);
    if (machine.progress != Progress::ready && !machine.failure.empty())
        own["Failure"] = machine.failure;
    if (machine.wishes.is_object())
        own["Options"] = machine.wishes;
    if (const auto beside = machine.record.find(drivers::beside_record);
        beside != machine.record.end())
        own["Driver"] = *beside;
    if (!machine.membership.node.empty())
        own["Swarm"] = {{"Cluster", machine.membership.cluster}, {"Node", machine.membership.node}};
    if (!own.empty())
        document[own_key] = std::move(own);
}

Machine to_machine(const Json& document, const Place& place) {
    check_shape(document);
    Machine machine;
    machine.raw = migrate(document, place);
    relocate(machine.raw, place);
    auto options = read_options(machine.raw);
    fill_gaps(options.auth, default_auth(place));
    machine.name = place.name;
    machine.record = machine.raw["Driver"];
    machine.engine = std::move(options.engine);
    machine.swarm = std::move(options.swarm);
    machine.auth = std::move(options.auth);
    Reader(machine.raw, "").read("DriverName", machine.driver);
    read_own(machine.raw, machine);
    return machine;
}

} // namespace

Machine parse_config(std::string_view text, const Place& place) {
    const auto file = place.file().string();
    if (text.empty())
        throw Error(Kind::invalid, "{}: it is empty", file);
    const auto document = json::parse_ordered(text, file);
    try {
        return to_machine(document, place);
    } catch (const Error& error) {
        Error named(error.kind(), "{}: {}", file, error.message());
        throw named.hint("{}", error.hint());
    }
}

std::string format_config(const Machine& machine, const Place& place) {
    auto document = in_layout(machine.raw);
    const auto before = read_options(document);
    document["Driver"] = machine.record.is_null() ? Json::object() : machine.record;
    document["Driver"].erase(drivers::beside_record);
    document["DriverName"] = machine.driver;
    document["Name"] = machine.name;
    auto& host = document["HostOptions"];
    write_changes(host["EngineOptions"], machine.engine, before.engine);
    write_changes(host["SwarmOptions"], machine.swarm, before.swarm);
    auto& auth = host["AuthOptions"];
    write_changes(auth, machine.auth, before.auth);
    if (auth["StorePath"] == "")
        auth["StorePath"] = place.dir().string();
    write_own(document, machine);
    return json::to_go_text(document);
}

AuthOptions default_auth(const Place& place) {
    return {
        .cert_dir = place.certs(),
        .ca_cert = place.certs() / "ca.pem",
        .ca_key = place.certs() / "ca-key.pem",
        .client_cert = place.certs() / "cert.pem",
        .client_key = place.certs() / "key.pem",
        .server_cert = place.dir() / "server.pem",
        .server_key = place.dir() / "server-key.pem",
        .server_sans = {},
    };
}

} // namespace orch::machine
