#include "compose/ps.hpp"

#include "compose/output/command_text.hpp"
#include "lib/base/text.hpp"
#include "lib/tasks/group.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace orch::compose {

namespace {

using engine::ContainerSummary;

constexpr std::size_t parallel_calls = 8;
constexpr std::size_t widest_command = 30;
constexpr std::size_t cut_command = 26;

std::string label(const ContainerSummary& container, const char* name) {
    const auto found = container.labels.find(name);
    return found == container.labels.end() ? std::string() : found->second;
}

bool shown(const ContainerSummary& container, const std::set<std::string>& services, bool all) {
    if (!services.contains(label(container, labels::service)))
        return false;
    const bool runs = container.state == "running" || container.state == "paused" ||
                      container.state == "restarting";
    return runs || all || label(container, labels::oneoff) != "True";
}

/// What stands in brackets at the end of "Up 3 minutes (healthy)".
std::string health(const std::string& status) {
    const auto open = status.rfind(" (");
    return open == std::string::npos ? std::string() : status.substr(open);
}

/// The number in "Exited (137) 3 minutes ago".
std::string exit_code(const std::string& status) {
    const auto open = status.find('(');
    const auto close = status.find(')', open);
    if (!status.starts_with("Exited") || close == std::string::npos)
        return "0";
    return status.substr(open + 1, close - open - 1);
}

std::string cut(std::string command) {
    if (command.size() > widest_command)
        command = command.substr(0, cut_command) + " ...";
    return command;
}

PsRow row_of(const ContainerSummary& container) {
    return {
        .name = container.name(),
        .command = cut(unquoted_command(container.command).value_or("")),
        .state = state_text(container),
        .ports = ports_text(container.ports),
        .id = container.id,
        .service = label(container, labels::service),
        .image = container.image,
        .status = container.state};
}

/// The list quotes some words of a command in a way that cannot always be undone. Those containers
/// are asked one by one.
void complete_commands(
    engine::Engine& engine,
    const std::vector<ContainerSummary>& containers,
    std::vector<PsRow>& rows,
    const std::stop_token& stop
) {
    tasks::Group group(parallel_calls, stop);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (unquoted_command(containers[i].command))
            continue;
        group.spawn([&, i](const std::stop_token& token) {
            const auto found = engine.with(token).inspect_container(rows[i].id);
            if (!found)
                return;
            auto words = found->entrypoint;
            words.insert(words.end(), found->command.begin(), found->command.end());
            rows[i].command = cut(text::join(words, " "));
        });
    }
    group.wait();
}

} // namespace

std::string state_text(const ContainerSummary& container) {
    if (container.state == "paused")
        return "Paused";
    if (container.state == "restarting")
        return "Restarting";
    if (container.state == "running")
        return "Up" + health(container.status);
    return "Exit " + exit_code(container.status);
}

std::string ports_text(const std::vector<engine::PublishedPort>& ports) {
    std::map<std::string, std::set<std::string>> by_port; // "80/tcp" -> bindings, sorted
    for (const auto& port : ports) {
        const auto key = fmt::format("{}/{}", port.container_port, port.protocol);
        auto& bindings = by_port[key];
        if (port.host_port != 0)
            bindings.insert(fmt::format("{}:{}->{}", port.ip, port.host_port, key));
    }
    std::vector<std::string> texts;
    for (const auto& [key, bindings] : by_port)
        texts.push_back(
            bindings.empty() ? key : text::join({bindings.begin(), bindings.end()}, ",")
        );
    return text::join(texts, ", ");
}

std::vector<PsRow>
ps(const Project& project, engine::Engine& engine, const PsOptions& options, Job& job) {
    std::set<std::string> services;
    for (const auto* service : project.select(options.services, false))
        services.insert(service->name);
    const engine::Filters filters{{"label", {std::string(labels::project) + "=" + project.name}}};
    auto containers = engine.list_containers(filters, true);
    std::erase_if(containers, [&](const auto& container) {
        return !shown(container, services, options.all);
    });
    std::sort(containers.begin(), containers.end(), [](const auto& a, const auto& b) {
        return a.name() < b.name();
    });
    std::vector<PsRow> rows;
    for (const auto& container : containers)
        rows.push_back(row_of(container));
    complete_commands(engine, containers, rows, job.stop);
    return rows;
}

} // namespace orch::compose
