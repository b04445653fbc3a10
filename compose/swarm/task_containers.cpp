#include "compose/swarm/task_containers.hpp"

#include "compose/observe.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/log/log.hpp"
#include "lib/tasks/group.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <mutex>
#include <set>

namespace orch::compose::swarm {

namespace {

constexpr std::size_t parallel_nodes = 32;

/// Of containers of tasks: "shop_web.2.TASK", or with the node's id in the middle.
constexpr const char* task_name = "com.docker.swarm.task.name";

std::string label(const engine::Labels& labels, const char* name) {
    const auto found = labels.find(name);
    return found == labels.end() ? std::string() : found->second;
}

std::string project_filter(const std::string& project) {
    return std::string(compose::labels::project) + "=" + project;
}

ObservedContainer from_node(engine::ContainerSummary& summary, const engine::Node& node) {
    auto task = name_of_task(summary.labels);
    auto container = observed_from(summary);
    container.node = node.id;
    if (task) {
        container.number = task->slot;
        container.name = std::move(task->name);
    }
    return container;
}

/// Tasks of the project that are meant to run.
std::vector<engine::Task> tasks_of(engine::Engine& manager, const std::string& project) {
    auto tasks =
        manager.list_tasks({{"label", {project_filter(project)}}, {"desired-state", {"running"}}});
    std::erase_if(tasks, [&](const engine::Task& task) {
        return label(task.labels, compose::labels::project) != project || task.desired != "running";
    });
    return tasks;
}

/// Asks all nodes at the same time.
class NodesObserver {
  public:
    NodesObserver(engine::Engine& manager, const NodeEngine& nodes, const std::string& project)
        : manager_(manager), nodes_(nodes), project_(project) {}

    std::vector<ObservedContainer> run() {
        const auto all = manager_.list_nodes();
        tasks::Group group(parallel_nodes, {});
        for (const auto& node : all)
            if (node.ready())
                group.spawn([&](const std::stop_token&) { ask(node); });
        group.wait();
        if (!failures_.empty())
            judge_failures();
        std::sort(found_.begin(), found_.end(), in_order);
        return std::move(found_);
    }

  private:
    void ask(const engine::Node& node) {
        try {
            auto summaries =
                nodes_(node.id).list_containers({{"label", {project_filter(project_)}}}, true);
            const std::lock_guard lock(mutex_);
            for (auto& summary : summaries)
                found_.push_back(from_node(summary, node));
        } catch (const Error& error) {
            if (error.kind() == Kind::cancelled)
                throw;
            const std::lock_guard lock(mutex_);
            failures_.emplace(node.id, error);
        }
    }

    /// A node that cannot be asked matters where something of the project is there.
    void judge_failures() {
        for (const auto& task : tasks_of(manager_, project_))
            if (const auto failure = failures_.find(task.node); failure != failures_.end())
                throw Error(failure->second);
        for (const auto& [node, error] : failures_)
            log::debug("compose", "{}", error.message());
    }

    engine::Engine& manager_;
    const NodeEngine& nodes_;
    const std::string& project_;

    std::mutex mutex_; // guards what follows while tasks run
    std::vector<ObservedContainer> found_;
    std::map<std::string, Error> failures_; // by node id
};

/// Leaves out what was replaced: of one slot the one that runs counts, or else the last one.
std::vector<ObservedContainer> without_history(std::vector<ObservedContainer> containers) {
    std::map<std::pair<std::string, std::string>, const ObservedContainer*> latest;
    for (const auto& container : containers) {
        if (container.oneoff)
            continue;
        auto& best = latest[{container.service, container.name}];
        if (best == nullptr || container.running() >= best->running())
            best = &container; // they are ordered by age
    }
    std::vector<ObservedContainer> result;
    for (const auto& container : containers)
        if (container.oneoff || latest[{container.service, container.name}] == &container)
            result.push_back(container);
    return result;
}

} // namespace

std::optional<TaskName> name_of_task(const engine::Labels& labels) {
    const auto parts = text::split(label(labels, task_name), '.'); // SERVICE.SLOT.TASK
    if (parts.size() < 2)
        return std::nullopt;
    TaskName result{.name = parts[0] + "_" + parts[1]};
    std::from_chars(parts[1].data(), parts[1].data() + parts[1].size(), result.slot);
    if (std::to_string(result.slot) != parts[1])
        result.slot = 0; // an id that begins with a digit
    return result;
}

std::vector<ObservedContainer>
task_containers(engine::Engine& manager, const NodeEngine& nodes, const std::string& project) {
    return without_history(NodesObserver(manager, nodes, project).run());
}

std::vector<ObservedContainer>
oneoff_containers(engine::Engine& manager, const NodeEngine& nodes, const std::string& project) {
    auto containers = NodesObserver(manager, nodes, project).run();
    std::erase_if(containers, [](const auto& container) { return !container.oneoff; });
    return containers;
}

ObservedContainer find_task_container(
    const Project& project, engine::Engine& manager, const std::string& service, int index
) {
    const auto& wanted = project.select({service}, false).front()->name;
    const engine::Task* found = nullptr;
    std::set<int> slots;
    const auto tasks = tasks_of(manager, project.name);
    for (const auto& task : tasks) {
        if (label(task.labels, compose::labels::service) != wanted || task.state != "running" ||
            task.container.empty())
            continue;
        if (task.slot == index && (found == nullptr || found->created < task.created))
            found = &task;
        slots.insert(task.slot);
    }
    if (found == nullptr) {
        Error error(Kind::not_found, "No container found for {}_{}", service, index);
        if (slots.empty())
            throw std::move(error.hint("orch compose ps {} shows what there is", service));
        throw std::move(error.hint("there is --index {}", fmt::join(slots, ", ")));
    }
    return {
        .id = found->container,
        .name = project.name + "_" + service + "_" + std::to_string(index),
        .service = service,
        .number = index,
        .state = "running",
        .node = found->node};
}

} // namespace orch::compose::swarm
