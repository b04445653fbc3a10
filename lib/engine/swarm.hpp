// What an engine answers about the swarm that it is part of: nodes and tasks, as far as orch reads
// them.
#pragma once

#include "lib/base/secret.hpp"
#include "lib/engine/types.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace orch::engine {

/// The part "Swarm" of GET /info: what the engine itself is.
struct SwarmState {
    std::string local; // "inactive", "pending", "active", "error", "locked"
    bool manager = false;
    std::string node;                  // its id there; empty outside
    std::string address;               // what it advertises, without port
    std::string cluster;               // the swarm's id; managers only
    std::string error;                 // why it is not "active"
    std::vector<std::string> managers; // "10.0.0.7:2377"; what it knows of
    std::string clock;                 // the host's time, RFC 3339

    [[nodiscard]] bool active() const { return local == "active"; }
};

/// POST /swarm/init and /swarm/join
struct SwarmEntry {
    std::string advertise; // address, "address:port" or interface; empty: its choice
    std::string listen = "0.0.0.0:2377";
    std::string availability = "active"; // "active", "pause", "drain"
    std::vector<std::string> managers{}; // join: "10.0.0.7:2377"
    Secret token{};                      // join: its kind makes the role
};

/// GET /swarm. The tokens let anybody in: they are asked for at each join and kept nowhere.
struct Swarm {
    std::string id;
    Secret worker_token;
    Secret manager_token;
};

/// GET /nodes. A change sends the whole of `spec` back, for what is missing is reset.
struct Node {
    std::string id;
    std::uint64_t version = 0;
    std::string hostname;
    std::string role;         // "worker", "manager"
    std::string availability; // "active", "pause", "drain"
    Labels labels;
    std::string state;   // "ready", "down", "unknown", "disconnected"
    std::string message; // why it is not ready
    std::string address;
    std::string engine; // its version
    Labels engine_labels;
    std::int64_t nano_cpus = 0;
    std::int64_t memory = 0; // bytes
    bool leader = false;
    std::string reachability; // "reachable", "unreachable"; empty for workers

    [[nodiscard]] bool manager() const { return role == "manager"; }

    [[nodiscard]] bool ready() const { return state == "ready"; }

    [[nodiscard]] bool reachable() const { return reachability == "reachable"; }
};

/// What may be changed of a node.
struct NodeChange {
    std::string role;         // empty: as it is
    std::string availability; // empty: as it is
    Labels labels{};          // added to those that it has
};

/// GET /tasks
struct Task {
    std::string id;
    std::string service;
    std::string node;
    int slot = 0;            // its number among those of the service; 0: one on every node
    std::string state;       // "running" ...
    std::string desired;     // "running", "shutdown"
    std::string container{}; // the id on its node; empty before there is one
    std::string created{};   // RFC 3339
    Labels labels{};         // of its container
    std::int64_t reserved_nano_cpus = 0;
    std::int64_t reserved_memory = 0;
};

} // namespace orch::engine
