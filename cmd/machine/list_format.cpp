#include "cmd/machine/list_format.hpp"

#include "cmd/ui/table.hpp"
#include "lib/base/text.hpp"
#include "lib/json/json.hpp"
#include "lib/template/template.hpp"
#include "machine/expiry.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace orch::cmd::machine {

namespace {

using orch::machine::Listed;

bool answered(const Listed& row) { return row.loaded && row.state != drivers::State::timeout; }

std::string active_cell(const Listed& row) {
    if (!answered(row))
        return "";
    return row.active_swarm ? "* (swarm)" : row.active_host ? "*" : "-";
}

std::string version_cell(const Listed& row) {
    if (!answered(row))
        return "";
    return row.version.empty() ? "Unknown" : "v" + row.version;
}

/// A duration as Go prints it, in whole milliseconds.
std::string duration_text(std::chrono::milliseconds duration) {
    const auto count = duration.count();
    return count < 1000 ? fmt::format("{}ms", count)
                        : fmt::format("{}s", static_cast<double>(count) / 1000);
}

nlohmann::json fields(const Listed& row) {
    return {
        {"Name", row.name},
        {"Active", active_cell(row)},
        {"ActiveHost", row.active_host},
        {"ActiveSwarm", row.active_swarm},
        {"DriverName", row.driver},
        {"State", drivers::state_name(row.state)},
        {"URL", row.url},
        {"Swarm", row.swarm},
        {"SwarmOptions",
         {{"Master", row.swarm_options.master},
          {"Agent", row.swarm_options.agent},
          {"IsSwarm", row.swarm_options.is_swarm},
          {"Discovery", row.swarm_options.discovery},
          {"Host", row.swarm_options.host}}},
        {"EngineOptions",
         {{"Labels", row.engine.labels},
          {"StorageDriver", row.engine.storage_driver},
          {"Env", row.engine.env},
          {"ArbitraryFlags", row.engine.arbitrary_flags},
          {"InstallURL", row.engine.install_url}}},
        {"Error", row.error},
        {"DockerVersion", version_cell(row)},
        {"ResponseTime", duration_text(row.response)},
        {"CertDays", row.certificate_days ? nlohmann::json(*row.certificate_days) : nullptr},
    };
}

/// What stands over a column in "table" mode.
const nlohmann::json& headers() {
    static const nlohmann::json titles{
        {"Name", "NAME"},
        {"Active", "ACTIVE"},
        {"ActiveHost", "ACTIVE_HOST"},
        {"ActiveSwarm", "ACTIVE_SWARM"},
        {"DriverName", "DRIVER"},
        {"State", "STATE"},
        {"URL", "URL"},
        {"SwarmOptions", "SWARM_OPTIONS"},
        {"Swarm", "SWARM"},
        {"EngineOptions", "ENGINE_OPTIONS"},
        {"Error", "ERRORS"},
        {"DockerVersion", "DOCKER"},
        {"ResponseTime", "RESPONSE"},
        {"CertDays", "CERT"},
    };
    return titles;
}

std::string certificate_cell(const Listed& row) {
    if (!row.certificate_days)
        return "";
    return *row.certificate_days < 0 ? "expired" : fmt::format("{}d", *row.certificate_days);
}

std::string default_table(const std::vector<Listed>& rows, bool wide) {
    std::vector<ui::Column> columns{
        {"NAME"}, {"ACTIVE"}, {"DRIVER"}, {"STATE"}, {"URL"}, {"SWARM"}, {"DOCKER"}};
    if (wide)
        columns.push_back({"CERT"});
    columns.push_back({"ERRORS"});
    ui::Table table(columns);
    for (const auto& row : rows) {
        std::vector<std::string> cells{
            row.name,
            active_cell(row),
            row.driver,
            std::string(drivers::state_name(row.state)),
            row.url,
            row.swarm,
            version_cell(row),
        };
        if (wide)
            cells.push_back(certificate_cell(row));
        cells.push_back(row.error);
        table.row(std::move(cells));
    }
    return table.text(ui::TableStyle::machine);
}

/// Go's tabwriter over lines whose cells are separated by tabs.
std::string aligned(const std::vector<std::string>& lines) {
    auto titles = text::split(lines.front(), '\t');
    std::vector<ui::Column> columns;
    for (auto& title : titles)
        columns.push_back({std::move(title)});
    ui::Table table(columns);
    for (std::size_t i = 1; i < lines.size(); ++i)
        table.row(text::split(lines[i], '\t'));
    return table.text(ui::TableStyle::machine);
}

std::string from_template(const std::vector<Listed>& rows, std::string format) {
    constexpr std::string_view type = "commands.HostListItem"; // what docker-machine's errors name
    constexpr std::string_view table_word = "table";
    format = text::replace_all(text::replace_all(std::move(format), "\\t", "\t"), "\\n", "\n");
    const bool table = format.starts_with(table_word);
    if (table)
        format = text::trim(std::string_view(format).substr(table_word.size()));
    const templates::Template row_template(format);
    std::vector<std::string> lines;
    if (table)
        lines.push_back(row_template.run_strict(headers(), type));
    for (const auto& row : rows)
        lines.push_back(row_template.run_strict(fields(row), type));
    if (table)
        return aligned(lines);
    return lines.empty() ? "" : text::join(lines, "\n") + "\n";
}

} // namespace

std::string names_text(const std::vector<Listed>& rows) {
    std::string answer;
    for (const auto& row : rows)
        answer += row.name + "\n";
    return answer;
}

std::string list_text(const std::vector<Listed>& rows, const std::string& format, bool wide) {
    if (format.empty())
        return default_table(rows, wide);
    if (format != "json")
        return from_template(rows, format);
    auto array = nlohmann::json::array();
    for (const auto& row : rows)
        array.push_back(fields(row));
    return json::to_go_text(array) + "\n";
}

std::string expiry_warnings(const std::vector<Listed>& rows) {
    std::string lines;
    for (const auto& row : rows) {
        if (!row.certificate_days || *row.certificate_days > orch::machine::expiry_warning_days)
            continue;
        const auto when = *row.certificate_days < 0
                              ? std::string("have expired")
                              : fmt::format("expire in {} days", *row.certificate_days);
        lines += fmt::format(
            "warning: the certificates of {0} {1}: orch machine regenerate-certs --client-certs "
            "{0}\n",
            row.name,
            when
        );
    }
    return lines;
}

} // namespace orch::cmd::machine
