// The calls of a plan that are about services of an engine swarm and what they need.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace orch::compose {

/// An overlay network over all nodes that containers may join too.
struct CreateNetwork {
    std::string name;
};

/// "orch.g.shop.db=1" on a node, or no longer.
struct LabelNode {
    std::string node; // id
    std::string key;
    bool remove = false;
};

/// Folders that services mount and a node lacks.
struct MakeFolders {
    std::string node;  // host name
    std::string image; // one that is there
    std::vector<std::string> paths;
};

struct CreateService {
    std::string name;  // "shop_web"
    std::string spec;  // JSON: the body of POST /services/create
    std::string image; // as written: whose registry's credentials the nodes get
};

/// Tasks follow if their part of the spec differs, or by force.
struct UpdateService {
    std::string name;
    std::string spec; // JSON, the whole of it
    std::string image;
    bool force = false;
};

struct ScaleService {
    std::string name;
    int replicas = 0;
    int remembered = 0; // what a stopped service comes back with; 0: it is not stopped
};

/// New tasks of the same spec.
struct RestartService {
    std::string name;
};

/// Until its tasks run as they should, or it is clear that they will not.
struct AwaitService {
    std::string name;
    bool settled = false; // and go on running for a while
    bool fresh = true;    // its tasks are new; else what failed before does not count
};

/// The service, then its tasks are waited for.
struct RemoveService {
    std::string name;
};

/// A volume of one node.
struct RemoveNodeVolume {
    std::string node; // id
    std::string name;
};

} // namespace orch::compose
