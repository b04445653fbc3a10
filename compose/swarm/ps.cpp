#include "compose/swarm/ps.hpp"

#include "compose/swarm/convergence.hpp"
#include "compose/swarm/labels.hpp"
#include "compose/swarm/names.hpp"
#include "compose/swarm/observe.hpp"
#include "compose/swarm/plain.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/progress/sink.hpp"
#include "lib/tasks/group.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <mutex>
#include <set>

namespace orch::compose::swarm {

namespace {

std::string capital(std::string word) {
    if (!word.empty() && word.front() >= 'a' && word.front() <= 'z')
        word.front() = static_cast<char>(word.front() - 'a' + 'A');
    return word;
}

std::vector<engine::PublishedPort>
node_ports(const engine::Service& service, const engine::Task& task, const NodeNames& names) {
    auto ports = ports_of(service, task);
    for (auto& port : ports)
        port.ip = names.address_of(task.node);
    return ports;
}

std::set<std::string> selected(const Project& project, const PsOptions& options) {
    std::set<std::string> services;
    for (const auto* service : project.select(options.services, false)) {
        const bool fits =
            options.source.empty() || (options.source == "build") == service->build.has_value();
        if (fits)
            services.insert(service->name);
    }
    return services;
}

bool has_state(const PsRow& row, const std::vector<std::string>& states) {
    return states.empty() || std::any_of(states.begin(), states.end(), [&](const auto& state) {
               return state == row.status || (state == "stopped" && row.status == "exited");
           });
}

class Rows {
  public:
    Rows(const Observed& observed, const PsOptions& options)
        : observed_(observed), options_(options), names_(node_names(observed.nodes)) {}

    void add(const engine::Service& service) {
        std::vector<engine::Task> tasks;
        for (const auto& task : observed_.tasks)
            if (task.service == service.id)
                tasks.push_back(task);
        const bool stopped = !service.label(labels::stopped).empty();
        std::set<std::string> shown;
        for (const auto* task : current_tasks(tasks)) {
            // What has more slots than it should is history.
            const bool away = task->desired == "shutdown" || task->desired == "remove";
            const bool history = task->slot > 0 && has_ended(*task) &&
                                 (stopped || (away && task->state == "shutdown"));
            if (!history || options_.all)
                add(service, *task);
            shown.insert(task->id);
        }
        if (options_.all)
            for (const auto& task : tasks)
                if (!shown.contains(task.id))
                    add(service, task);
        if (stopped)
            for (int slot = 1; slot <= replicas_of(service); ++slot)
                add_stopped(service, slot);
    }

    std::vector<TaskRow> take() {
        std::stable_sort(rows_.begin(), rows_.end(), [](const TaskRow& a, const TaskRow& b) {
            return text::natural_less(a.common.name, b.common.name);
        });
        return std::move(rows_);
    }

  private:
    [[nodiscard]] PsRow common(const engine::Service& service) const {
        return {
            .command = options_.whole_commands ? text::join(service.command, " ")
                                               : cut_command(text::join(service.command, " ")),
            .service = name_in_file(service),
            .image = service.label(labels::stack_image)};
    }

    void add(const engine::Service& service, const engine::Task& task) {
        TaskRow row{.common = common(service), .node = names_.of(task.node), .task = task.id};
        row.common.name = task_name(service, task, names_);
        row.common.state = state_text(task);
        row.common.status = container_state(task);
        row.common.id = task.container;
        if (!has_ended(task))
            row.common.ports = ports_text(node_ports(service, task, names_));
        keep(std::move(row));
    }

    void add_stopped(const engine::Service& service, int slot) {
        TaskRow row{.common = common(service)};
        row.common.name = fmt::format("{}_{}", service.name, slot);
        row.common.state = "Stopped";
        row.common.status = "exited";
        keep(std::move(row));
    }

    void keep(TaskRow row) {
        if (has_state(row.common, options_.states))
            rows_.push_back(std::move(row));
    }

    const Observed& observed_;
    const PsOptions& options_;
    NodeNames names_;
    std::vector<TaskRow> rows_;
};

} // namespace

std::string container_state(const engine::Task& task) {
    if (task.state == "running")
        return "running";
    return has_ended(task) ? "exited" : "created";
}

std::string state_text(const engine::Task& task) {
    if (task.state == "running")
        return task.desired == "running" ? "Up" : "Stopping";
    if (task.state == "complete")
        return "Exit 0";
    if (task.state == "failed" && task.exit_code != 0)
        return fmt::format("Exit {}", task.exit_code);
    auto text = capital(task.state);
    if (!task.error.empty())
        text += ": " + task.error;
    return text;
}

std::vector<TaskRow>
task_rows(const Project& project, const Observed& observed, const PsOptions& options) {
    const auto services = selected(project, options);
    Rows rows(observed, options);
    for (const auto& service : observed.services) {
        const auto name = name_in_file(service);
        const bool orphan = options.orphans && project.find(name) == nullptr;
        if (services.contains(name) || orphan)
            rows.add(service);
    }
    return rows.take();
}

std::vector<TaskRow> ps(const Project& project, engine::Engine& engine, const PsOptions& options) {
    return task_rows(project, observe_services(engine, project.name), options);
}

namespace {

/// The containers of one node that are no tasks'.
std::vector<TaskRow> container_rows(
    const Project& project,
    engine::Engine engine,
    const engine::Node& node,
    const PsOptions& options,
    Job& job
) {
    std::vector<TaskRow> rows;
    for (auto& row : compose::ps(project, engine, options, job)) {
        if (!node.address.empty())
            row.ports = text::replace_all(row.ports, "0.0.0.0:", node.address + ":");
        if (const auto* service = project.find(row.service); service != nullptr)
            row.image = project.image_of(*service); // it was made by its id
        rows.push_back({.common = std::move(row), .node = node.hostname});
    }
    return rows;
}

bool is_marked(const engine::Node& node, const std::string& project) {
    return std::any_of(node.labels.begin(), node.labels.end(), [&](const auto& label) {
        return marked_service(label.first, project).has_value();
    });
}

} // namespace

std::vector<TaskRow>
ps(const Project& project, const Hosts& hosts, const PsOptions& options, Job& job) {
    constexpr std::size_t parallel_nodes = 32;
    auto rows = ps(project, hosts.front(), options);
    const auto nodes = hosts.front().list_nodes();
    std::mutex mutex; // guards rows while nodes are asked
    tasks::Group group(parallel_nodes, job.stop);
    const auto ask = [&](const engine::Node& node, const std::stop_token& stop) {
        try {
            auto found =
                container_rows(project, hosts.nodes()(node.id).with(stop), node, options, job);
            const std::lock_guard lock(mutex);
            std::move(found.begin(), found.end(), std::back_inserter(rows));
        } catch (const Error& error) {
            if (error.kind() == orch::Kind::cancelled || error.kind() == orch::Kind::usage)
                throw;
            if (is_marked(node, project.name))
                job.progress.emit(
                    {.id = project.name,
                     .status = progress::Status::warning,
                     .text = error.message()}
                );
        }
    };
    for (const auto& node : nodes)
        if (node.ready())
            group.spawn([&](const std::stop_token& stop) { ask(node, stop); });
        else if (is_marked(node, project.name))
            job.progress.emit(
                {.id = project.name,
                 .status = progress::Status::warning,
                 .text = "node " + node.hostname + " does not answer; it has containers, too"}
            );
    group.wait();
    std::stable_sort(rows.begin(), rows.end(), [](const TaskRow& a, const TaskRow& b) {
        return text::natural_less(a.common.name, b.common.name);
    });
    return rows;
}

std::vector<std::string>
service_names(const Project& project, const Hosts& hosts, const PsOptions& options, Job& job) {
    std::set<std::string> found;
    for (const auto& row : ps(project, hosts, options, job))
        found.insert(row.common.service);
    std::vector<std::string> names; // in the order of the file
    for (const auto& service : project.services)
        if (found.contains(service.name))
            names.push_back(service.name);
    return names;
}

} // namespace orch::compose::swarm
