// Engines at addresses that can be nodes of engine swarms: they keep who is in which swarm, let in
// by tokens, and refuse in the words of real engines (compared with 20.10).
#pragma once

#include "lib/http/client.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace orch::test {

struct FakeSwarmNode {
    std::string id;
    std::string role = "worker";
    std::string availability = "active";
    std::map<std::string, std::string> labels;
    std::uint64_t version = 1;
};

class FakeSwarm {
  public:
    /// An engine at this address that is in no swarm.
    void add(const std::string& address) { engines_[address]; }

    /// The engine answers at this address as well.
    void add_address(const std::string& further, const std::string& address) {
        further_[further] = address;
    }

    /// Whether the engine answers; a node that does not is down.
    void set_alive(const std::string& address, bool alive) { engines_[address].alive = alive; }

    /// The engine forgets its swarm, as after a "docker swarm leave --force" there.
    void forget(const std::string& address) { engines_[address].leave(); }

    /// The next changes of nodes come too late, as if somebody had just changed them.
    void outdate_updates(int count) { outdated_ = count; }

    http::Response answer(const http::Request& request);

    /// The node of an engine as the managers see it; nothing if they know none.
    [[nodiscard]] std::optional<FakeSwarmNode> node(const std::string& address) const;
    [[nodiscard]] std::string local_state(const std::string& address) const;

    /// Nodes that the managers of the swarm of this engine list.
    [[nodiscard]] std::size_t node_count(const std::string& address) const;

    /// How many swarms were made.
    [[nodiscard]] int swarms_made() const { return made_; }

  private:
    struct Engine {
        bool alive = true;
        std::string swarm; // empty: in none
        std::string node;

        void leave() { swarm = node = ""; }
    };

    struct Cluster {
        std::map<std::string, FakeSwarmNode> nodes; // by id
        std::map<std::string, std::string> addresses;
    };

    http::Response swarm(const std::string& verb, Engine& engine, const http::Request& request);
    http::Response nodes(const std::string& path, Engine& engine, const http::Request& request);
    http::Response init(Engine& engine, const nlohmann::json& body);
    http::Response join(Engine& engine, const nlohmann::json& body);
    http::Response leave(Engine& engine, bool force);
    http::Response update(Cluster& cluster, FakeSwarmNode& node, const http::Request& request);
    [[nodiscard]] nlohmann::json info(const Engine& engine) const;
    [[nodiscard]] nlohmann::json view(const Cluster& cluster, const FakeSwarmNode& node) const;
    [[nodiscard]] const FakeSwarmNode* node_of(const Engine& engine) const;
    [[nodiscard]] bool is_manager(const Engine& engine) const;

    std::mutex mutex_;
    std::map<std::string, Engine> engines_;
    std::map<std::string, std::string> further_; // addresses, by others of the same engine
    std::map<std::string, Cluster> clusters_;
    int made_ = 0;
    int ids_ = 0;
    int outdated_ = 0;
};

} // namespace orch::test
