#include "compose/placement/cluster.hpp"

#include <algorithm>

namespace orch::compose::placement {

namespace {

using Labels = std::map<std::string, std::string>;

bool anywhere(const Cluster& cluster, Labels Node::*labels, std::string_view key) {
    return std::any_of(cluster.begin(), cluster.end(), [&](const Node& node) {
        return (node.*labels).contains(std::string(key));
    });
}

std::string at(const Labels& labels, const std::string& key) {
    const auto found = labels.find(key);
    return found == labels.end() ? std::string() : found->second;
}

} // namespace

Source source_of(const Cluster& cluster, std::string_view key) {
    if (key == "node")
        return Source::node;
    if (key == "ostype")
        return Source::os;
    if (key == "operatingsystem" || key == "kernelversion" || key == "storagedriver")
        return Source::attribute;
    if (anywhere(cluster, &Node::node_labels, key))
        return Source::node_label;
    if (anywhere(cluster, &Node::engine_labels, key))
        return Source::engine_label;
    return Source::nowhere;
}

std::vector<std::string> values_of(const Node& node, Source source, const std::string& key) {
    switch (source) {
    case Source::node:
        return {node.id, node.name};
    case Source::os:
        return {node.os};
    case Source::attribute:
        return {at(node.attributes, key)};
    case Source::node_label:
        return {at(node.node_labels, key)};
    case Source::engine_label:
        return {at(node.engine_labels, key)};
    case Source::nowhere:
        break;
    }
    return {""};
}

std::string native_key(Source source, const std::string& key) {
    switch (source) {
    case Source::node:
        return "node.hostname";
    case Source::os:
        return "node.platform.os";
    case Source::node_label:
        return "node.labels." + key;
    case Source::engine_label:
        return "engine.labels." + key;
    case Source::attribute:
    case Source::nowhere:
        break;
    }
    return {};
}

} // namespace orch::compose::placement
