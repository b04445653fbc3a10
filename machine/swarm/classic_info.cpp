#include "machine/swarm/classic_info.hpp"

#include "lib/base/text.hpp"

#include <nlohmann/json.hpp>

#include <string_view>

namespace orch::machine::swarm {

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

void read_detail(ClassicNode& node, std::string_view key, const std::string& value) {
    if (key == "Status")
        node.status = value;
    if (key == "Error" && value != "(none)")
        node.error = value;
}

} // namespace

ClassicInfo read_classic_info(const nlohmann::json& info) {
    ClassicInfo result;
    bool in_nodes = false;
    for (const auto& row : rows_in(info)) {
        if (!row.is_array() || row.size() != 2 || !row[0].is_string() || !row[1].is_string())
            continue;
        const auto key = plain(row[0].get<std::string>());
        const auto value = row[1].get<std::string>();
        if (key == "Role")
            result.role = value;
        else if (key == "Strategy")
            result.strategy = value;
        else if (key == "Nodes")
            in_nodes = true;
        else if (in_nodes && !key.starts_with(branch))
            result.nodes.push_back({.name = key, .address = value, .status = {}, .error = {}});
        else if (in_nodes && !result.nodes.empty())
            read_detail(
                result.nodes.back(), text::trim(std::string_view(key).substr(branch.size())), value
            );
    }
    return result;
}

} // namespace orch::machine::swarm
