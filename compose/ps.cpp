#include "compose/ps.hpp"

#include "compose/output/command_text.hpp"
#include "compose/swarm/task_containers.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/tasks/group.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace orch::compose {

namespace {

using engine::ContainerSummary;

constexpr std::size_t parallel_calls = 8;
constexpr std::size_t widest_command = 30;
constexpr std::size_t cut_width = 26;

std::string label(const ContainerSummary& container, const char* name) {
    const auto found = container.labels.find(name);
    return found == container.labels.end() ? std::string() : found->second;
}

constexpr std::array known_states{
    "created", "running", "paused", "restarting", "removing", "exited", "dead", "stopped"};

bool runs(const ContainerSummary& container) {
    return container.state == "running" || container.state == "paused" ||
           container.state == "restarting";
}

bool is_oneoff(const ContainerSummary& container) {
    return label(container, labels::oneoff) == "True";
}

void check(const PsOptions& options) {
    for (const auto& state : options.states)
        if (std::find(known_states.begin(), known_states.end(), state) == known_states.end())
            throw Error(Kind::usage, "Invalid state: {}", state)
                .hint("one of {}", fmt::join(known_states, ", "));
    if (!options.source.empty() && options.source != "image" && options.source != "build")
        throw Error(Kind::usage, "Invalid value for source filter: {}", options.source);
}

bool in_state(const ContainerSummary& container, const std::vector<std::string>& states) {
    return states.empty() || std::any_of(states.begin(), states.end(), [&](const auto& state) {
               return state == "stopped" ? !runs(container) : container.state == state;
           });
}

bool has_source(const Service& service, const std::string& source) {
    return source.empty() || service.build.has_value() == (source == "build");
}

/// Services whose containers are shown.
std::set<std::string> selected(const Project& project, const PsOptions& options) {
    std::set<std::string> services;
    for (const auto* service : project.select(options.services, false))
        if (has_source(*service, options.source))
            services.insert(service->name);
    return services;
}

std::vector<ContainerSummary> list(engine::Engine& engine, const Project& project) {
    auto containers = engine.list_containers(
        {{"label", {std::string(labels::project) + "=" + project.name}}}, true
    );
    std::erase_if(containers, [](const auto& container) {
        return swarm::name_of_task(container.labels).has_value();
    });
    return containers;
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

PsRow row_of(const ContainerSummary& container, bool whole_command) {
    const auto command = unquoted_command(container.command).value_or("");
    return {
        .name = container.name(),
        .command = whole_command ? command : cut_command(command),
        .state = state_text(container),
        .ports = ports_text(container.ports),
        .id = container.id,
        .service = label(container, labels::service),
        .image = container.image,
        .status = container.state,
        .node = container.node()};
}

/// The list quotes some words of a command in a way that cannot always be undone. Those containers
/// are asked one by one.
void complete_commands(
    engine::Engine& engine,
    const std::vector<ContainerSummary>& containers,
    std::vector<PsRow>& rows,
    bool whole_commands,
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
            const auto command = text::join(words, " ");
            rows[i].command = whole_commands ? command : cut_command(command);
        });
    }
    group.wait();
}

} // namespace

std::string cut_command(std::string command) {
    if (command.size() > widest_command)
        command = command.substr(0, cut_width) + " ...";
    return command;
}

std::string state_text(const ContainerSummary& container) {
    if (container.status == "Host Down") // of a standalone swarm's node
        return container.status;
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
    check(options);
    const auto services = selected(project, options);
    auto containers = list(engine, project);
    std::erase_if(containers, [&](const auto& container) {
        const auto service = label(container, labels::service);
        const bool orphan =
            options.orphans && options.services.empty() && project.find(service) == nullptr;
        const bool visible = runs(container) || options.all || !is_oneoff(container);
        return !(services.contains(service) || orphan) || !visible ||
               !in_state(container, options.states);
    });
    std::sort(containers.begin(), containers.end(), [](const auto& a, const auto& b) {
        return a.name() < b.name();
    });
    std::vector<PsRow> rows;
    for (const auto& container : containers)
        rows.push_back(row_of(container, options.whole_commands));
    complete_commands(engine, containers, rows, options.whole_commands, job.stop);
    return rows;
}

std::vector<std::string>
service_names(const Project& project, engine::Engine& engine, const PsOptions& options) {
    check(options);
    const auto services = selected(project, options);
    std::set<std::string> there; // services with a container in one of the states
    if (!options.states.empty())
        for (const auto& container : list(engine, project)) {
            auto known = container;
            if (runs(container) &&
                std::find(options.states.begin(), options.states.end(), "running") !=
                    options.states.end())
                known.state = "running";
            if (!is_oneoff(container) && in_state(known, options.states))
                there.insert(label(container, labels::service));
        }
    std::vector<std::string> names;
    for (const auto& service : project.services)
        if (services.contains(service.name) &&
            (options.states.empty() || there.contains(service.name)))
            names.push_back(service.name);
    return names;
}

} // namespace orch::compose
