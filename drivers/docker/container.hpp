// The container that is a host: how it must be made, and where it can be reached.
#pragma once

#include "drivers/docker/wishes.hpp"
#include "lib/engine/endpoint.hpp"

#include <cstdint>
#include <set>
#include <string>

namespace orch::drivers::docker {

/// How hosts on an engine are reached. Both empty: at their own addresses.
struct Placement {
    std::string reach_host; // "127.0.0.1" or the engine's host: their ports are published there
    std::string bind;       // the address to publish them on
    bool operator==(const Placement&) const = default;
};

/// `info` is what the engine's GET /info answers.
Placement placement_of(const engine::Endpoint& endpoint, const nlohmann::json& info);

/// Whether the engine runs containers as other users than they see themselves (userns-remap).
bool maps_users(const nlohmann::json& info);

/// One attempt at making the container.
struct Plan {
    Wishes wishes;
    Placement placement;
    std::string machine;
    std::string token;                // marks what belongs to this create
    std::vector<std::string> volumes; // names for /var/lib/docker and /var/lib/containerd
    std::string address;              // empty: the engine chooses
    std::set<std::string> refused;    // addresses that turned out to be taken
    bool privileged = true;           // false: each capability by its name
    bool user_namespaces = false;     // the engine maps users; hosts cannot live with that
    std::uint64_t capabilities = 0;   // that this computer has, for the second way
};

/// The body of POST /containers/create.
nlohmann::json container_body(const Plan& plan);

/// Labels of all that is made for one machine.
nlohmann::json labels_of(const std::string& machine, const std::string& token);

constexpr int ssh_port = 22;
constexpr int engine_port = 2376;

} // namespace orch::drivers::docker
