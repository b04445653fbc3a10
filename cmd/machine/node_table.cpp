#include "cmd/machine/node_table.hpp"

#include "cmd/ui/table.hpp"
#include "lib/base/text.hpp"
#include "lib/json/json.hpp"
#include "lib/template/template.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace orch::cmd::machine {

namespace {

using orch::machine::swarm::NodeRow;

std::string role(const engine::Node& node) {
    if (node.leader)
        return "manager (leader)";
    if (node.manager() && !node.reachable())
        return "manager (" + (node.reachability.empty() ? "joining" : node.reachability) + ")";
    return node.role;
}

std::string cpus(std::int64_t nano) { return fmt::format("{:g}", static_cast<double>(nano) / 1e9); }

std::string gibibytes(std::int64_t bytes) {
    constexpr double unit = 1024.0 * 1024 * 1024;
    return fmt::format("{:.1f}", static_cast<double>(bytes) / unit);
}

std::string labels(const engine::Labels& all) {
    std::vector<std::string> words;
    for (const auto& [name, value] : all)
        words.push_back(name + "=" + value);
    return text::join(words, ",");
}

nlohmann::json fields(const NodeRow& row) {
    const auto& node = row.node;
    return {
        {"ID", node.id},
        {"Hostname", node.hostname},
        {"Machine", row.machine},
        {"Role", node.role},
        {"Leader", node.leader},
        {"Reachability", node.reachability},
        {"State", node.state},
        {"Message", node.message},
        {"Availability", node.availability},
        {"EngineVersion", node.engine},
        {"Address", node.address},
        {"Labels", node.labels},
        {"EngineLabels", node.engine_labels},
        {"Tasks", row.running},
        {"CPUs", static_cast<double>(node.nano_cpus) / 1e9},
        {"ReservedCPUs", static_cast<double>(row.reserved_nano_cpus) / 1e9},
        {"Memory", node.memory},
        {"ReservedMemory", row.reserved_memory},
    };
}

std::string table_of(const std::vector<NodeRow>& rows) {
    ui::Table table(
        {{"NODE"},
         {"ROLE"},
         {"STATE"},
         {"AVAILABILITY"},
         {"ADDRESS"},
         {"ENGINE"},
         {"TASKS"},
         {"CPUS"},
         {"MEMORY GIB"},
         {"LABELS"}}
    );
    for (const auto& row : rows)
        table.row(
            {row.node.hostname,
             role(row.node),
             row.node.state,
             row.node.availability,
             row.node.address,
             row.node.engine,
             std::to_string(row.running),
             cpus(row.reserved_nano_cpus) + "/" + cpus(row.node.nano_cpus),
             gibibytes(row.reserved_memory) + "/" + gibibytes(row.node.memory),
             labels(row.node.labels)}
        );
    return table.text(ui::TableStyle::machine);
}

} // namespace

std::string node_text(const std::vector<NodeRow>& rows, const std::string& format) {
    if (format.empty())
        return table_of(rows);
    if (format == "json") {
        auto array = nlohmann::json::array();
        for (const auto& row : rows)
            array.push_back(fields(row));
        return json::to_go_text(array) + "\n";
    }
    const templates::Template each(format);
    std::string text;
    for (const auto& row : rows)
        text += each.run_strict(fields(row), "Node") + "\n";
    return text;
}

} // namespace orch::cmd::machine
