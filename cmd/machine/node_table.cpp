#include "cmd/machine/node_table.hpp"

#include "cmd/ui/table.hpp"
#include "lib/base/text.hpp"
#include "lib/json/json.hpp"
#include "lib/template/template.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace orch::cmd::machine {

namespace {

using orch::machine::swarm::ClassicRow;
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

/// "0 / 2" as "0/2"
std::string share(const std::string& text) { return text::replace_all(text, " / ", "/"); }

nlohmann::json fields(const ClassicRow& row) {
    const auto& node = row.node;
    return {
        {"ID", node.id},
        {"Hostname", node.name},
        {"Machine", row.machine},
        {"State", node.status},
        {"Message", node.error},
        {"EngineVersion", node.engine},
        {"Address", node.address},
        {"Containers", node.containers},
        {"CPUs", share(node.cpus)},
        {"Memory", share(node.memory)},
        {"Labels", node.labels},
    };
}

std::string table_of(const std::vector<ClassicRow>& rows) {
    ui::Table table(
        {{"NODE"},
         {"STATE"},
         {"ADDRESS"},
         {"ENGINE"},
         {"CONTAINERS"},
         {"CPUS"},
         {"MEMORY"},
         {"LABELS"}}
    );
    for (const auto& row : rows)
        table.row(
            {row.node.name,
             row.node.error.empty() ? row.node.status
                                    : row.node.status + " (" + row.node.error + ")",
             row.node.address,
             row.node.engine,
             row.node.containers,
             share(row.node.cpus),
             share(row.node.memory),
             row.node.labels}
        );
    return table.text(ui::TableStyle::machine);
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

template <class Row>
std::string text_of(const std::vector<Row>& rows, const std::string& format) {
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

} // namespace

std::string node_text(const std::vector<NodeRow>& rows, const std::string& format) {
    return text_of(rows, format);
}

std::string node_text(const std::vector<ClassicRow>& rows, const std::string& format) {
    return text_of(rows, format);
}

} // namespace orch::cmd::machine
