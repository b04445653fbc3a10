// What placement knows of the nodes of an engine swarm.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace orch::compose::placement {

/// Of whatever state: stopped ones count as well.
struct NodeContainer {
    std::string id;
    std::string name; // without slash
    std::map<std::string, std::string> labels{};
};

struct Node {
    std::string id;
    std::string name; // its host name
    std::string os{}; // "linux"
    std::map<std::string, std::string> engine_labels{};
    std::map<std::string, std::string> node_labels{};

    /// What only its engine tells: operatingsystem, kernelversion, storagedriver.
    std::map<std::string, std::string> attributes{};
    std::vector<NodeContainer> containers{};
    std::vector<std::string> images{}; // ids, "repository:tag" and bare "repository"
};

/// Those that take new tasks, by name.
using Cluster = std::vector<Node>;

/// Where the value of a constraint's key comes from.
enum class Source { node, os, attribute, node_label, engine_label, nowhere };

/// A label that nodes and engines have is the nodes' one.
Source source_of(const Cluster& cluster, std::string_view key);

/// What a constraint with this key is compared with on that node; what is missing is empty.
std::vector<std::string> values_of(const Node& node, Source source, const std::string& key);

/// The key of the engine's own constraints: "node.labels.storage". Empty if it has none for it.
std::string native_key(Source source, const std::string& key);

} // namespace orch::compose::placement
