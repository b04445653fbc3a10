#include "lib/engine/classic_info.hpp"

#include "lib/base/text.hpp"
#include "lib/engine/api_version.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

namespace orch::engine {

namespace {

constexpr std::string_view branch = "└";

/// Old managers put a backspace in front.
std::string plain(const std::string& key) {
    return std::string(text::trim(text::replace_all(key, "\b", "")));
}

const nlohmann::json& rows_in(const nlohmann::json& info) {
    static const nlohmann::json none = nlohmann::json::array();
    for (const auto* key : {"SystemStatus", "DriverStatus"})
        if (const auto found = info.find(key); found != info.end() && found->is_array())
            return *found;
    return none;
}

/// The rows of a node by what they are called.
constexpr std::pair<std::string_view, std::string ClassicNode::*> details[] = {
    {"ID", &ClassicNode::id},
    {"Status", &ClassicNode::status},
    {"Containers", &ClassicNode::containers},
    {"Reserved CPUs", &ClassicNode::cpus},
    {"Reserved Memory", &ClassicNode::memory},
    {"Labels", &ClassicNode::labels},
    {"Error", &ClassicNode::error},
    {"ServerVersion", &ClassicNode::engine},
};

void read_detail(ClassicNode& node, std::string_view key, const std::string& value) {
    for (const auto& [name, member] : details)
        if (key == name && !(key == "Error" && value == "(none)"))
            node.*member = value;
}

} // namespace

const ClassicNode* ClassicInfo::find(const std::string& name) const {
    const auto found = std::find_if(nodes.begin(), nodes.end(), [&](const ClassicNode& node) {
        return node.name == name;
    });
    return found == nodes.end() ? nullptr : &*found;
}

ClassicInfo read_classic_info(const nlohmann::json& info) {
    ClassicInfo result;
    bool in_nodes = false;
    for (const auto& row : rows_in(info)) {
        if (!row.is_array() || row.size() != 2 || !row[0].is_string() || !row[1].is_string())
            continue;
        const auto key = plain(row[0].get<std::string>());
        const auto value = row[1].get<std::string>();
        if (!in_nodes && key == "Role")
            result.role = value;
        else if (!in_nodes && key == "Primary")
            result.primary = value;
        else if (!in_nodes && key == "Strategy")
            result.strategy = value;
        else if (!in_nodes && key == "Nodes")
            in_nodes = true;
        else if (in_nodes && !key.starts_with(branch))
            result.nodes.push_back({.name = key, .address = value});
        else if (in_nodes && !result.nodes.empty())
            read_detail(
                result.nodes.back(), text::trim(std::string_view(key).substr(branch.size())), value
            );
    }
    return result;
}

std::string common_api(const ClassicInfo& info) {
    std::string lowest;
    for (const auto& node : info.nodes) {
        if (!node.healthy() || node.engine.empty())
            continue;
        auto spoken = api_of_engine(node.engine);
        if (lowest.empty() || api_less(spoken, lowest))
            lowest = std::move(spoken);
    }
    if (lowest.empty() || api_less(lowest, lowest_api))
        return std::string(lowest_api);
    return api_less(highest_api, lowest) ? std::string(highest_api) : lowest;
}

bool is_standalone(const Version& version) { return version.engine.starts_with("swarm/"); }

} // namespace orch::engine
