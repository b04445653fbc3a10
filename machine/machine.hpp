// A machine as the store keeps it: docker-machine's config.json, ConfigVersion 3, as typed values.
#pragma once

#include "drivers/driver.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace orch::machine {

/// HostOptions.EngineOptions
struct EngineOptions {
    std::vector<std::string> arbitrary_flags; // "log-driver=journald", without dashes
    std::vector<std::string> env;             // "K=V"
    std::vector<std::string> insecure_registry;
    std::vector<std::string> labels;
    std::vector<std::string> registry_mirror;
    std::string storage_driver;
    std::string install_url = "https://get.docker.com";
    bool operator==(const EngineOptions&) const = default;
};

/// HostOptions.SwarmOptions
struct SwarmOptions {
    bool is_swarm = false;
    bool agent = false;
    bool master = false;
    bool experimental = false;
    std::string address;
    std::string discovery;
    std::string host = "tcp://0.0.0.0:3376";
    std::string image = "swarm:latest";
    std::string strategy = "spread";
    std::vector<std::string> arbitrary_flags;
    std::vector<std::string> arbitrary_join_flags;
    bool operator==(const SwarmOptions&) const = default;
};

/// HostOptions.AuthOptions; all paths absolute.
struct AuthOptions {
    std::filesystem::path cert_dir;
    std::filesystem::path ca_cert;
    std::filesystem::path ca_key;
    std::filesystem::path client_cert;
    std::filesystem::path client_key;
    std::filesystem::path server_cert;
    std::filesystem::path server_key;
    std::vector<std::string> server_sans; // --tls-san
    bool operator==(const AuthOptions&) const = default;
};

/// The node that a machine's engine is in an engine swarm, from its join until it leaves.
struct Membership {
    std::string cluster; // id of the swarm; empty where only its managers know it
    std::string node;    // empty: none
    bool operator==(const Membership&) const = default;
};

/// How far `create` came. Kept under the key "Orch" of config.json, which docker-machine ignores.
enum class Progress {
    ready,    // also for machines that docker-machine made
    creating, // nothing is known to exist yet, or the driver is at work
    made,     // the host exists; it is not provisioned yet
};

struct Machine {
    std::string name; // the directory's name
    std::string driver;
    drivers::Record record; // "Driver": only its driver understands it
    EngineOptions engine;
    SwarmOptions swarm;
    AuthOptions auth;
    Progress progress = Progress::ready;
    Membership membership; // kept under "Orch" as well
    std::string failure;   // why the last create stopped half way; empty otherwise

    /// What create asked of the driver, by option, without secrets; null if docker-machine made it.
    nlohmann::ordered_json wishes;

    nlohmann::ordered_json raw; // the file as it was read, so that unknown keys survive a rewrite
};

} // namespace orch::machine
