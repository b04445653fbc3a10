// What the manager of a standalone swarm says of itself in GET /info: rows of text.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace orch::machine::swarm {

struct ClassicNode {
    std::string name;    // "(unknown)" while it is pending
    std::string address; // "10.0.0.7:2376"
    std::string status;  // "Healthy", "Unhealthy", "Pending", "Disconnected"
    std::string error;
};

struct ClassicInfo {
    std::string role; // "primary", "replica"
    std::string strategy;
    std::vector<ClassicNode> nodes;
};

/// Reads SystemStatus, or DriverStatus as old managers had it; what is not there stays empty.
ClassicInfo read_classic_info(const nlohmann::json& info);

} // namespace orch::machine::swarm
