// What the manager of a standalone swarm says of itself in GET /info: rows of text.
#pragma once

#include "lib/engine/types.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace orch::engine {

struct ClassicNode {
    std::string name;         // "(unknown)" while it is pending
    std::string address;      // "10.0.0.7:2376"
    std::string status{};     // "Healthy", "Unhealthy", "Pending", "Disconnected"
    std::string error{};      // why
    std::string id{};         // of its engine, newer managers add "|ADDRESS"
    std::string containers{}; // "3 (2 Running, 0 Paused, 1 Stopped)"
    std::string cpus{};       // reserved and all: "0 / 2"
    std::string memory{};     // "0 B / 24.72 GiB"
    std::string labels{};     // "k=v, k=v": values may have commas, so this is for people
    std::string engine{};     // its version; old managers do not say it

    [[nodiscard]] bool healthy() const { return status == "Healthy"; }
};

struct ClassicInfo {
    std::string role;      // "primary", "replica"
    std::string primary{}; // the address of the primary, of a replica
    std::string strategy{};
    std::vector<ClassicNode> nodes{};

    /// The node of that name, or null.
    [[nodiscard]] const ClassicNode* find(const std::string& name) const;
};

/// Reads SystemStatus, or DriverStatus as old managers had it; what is not there stays empty.
ClassicInfo read_classic_info(const nlohmann::json& info);

/// The version of the API that all its nodes understand: a manager passes most requests on as they
/// are, and what it says of itself is about its own client. "1.24" if nothing is known of them.
std::string common_api(const ClassicInfo& info);

/// Whether a version, as GET /version tells it, is that of a standalone swarm's manager.
bool is_standalone(const Version& version);

} // namespace orch::engine
