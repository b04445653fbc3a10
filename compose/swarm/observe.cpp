#include "compose/swarm/observe.hpp"

#include "compose/placement/hints.hpp"
#include "compose/swarm/convergence.hpp"
#include "compose/swarm/folders.hpp"
#include "compose/swarm/names.hpp"
#include "compose/swarm/plain.hpp"
#include "lib/log/log.hpp"
#include "lib/tasks/group.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <mutex>
#include <set>

namespace orch::compose::swarm {

namespace {

constexpr std::size_t parallel_calls = 8;

/// What only the nodes themselves know.
struct Questions {
    bool containers = false;
    bool images = false;
    bool attributes = false;

    [[nodiscard]] bool any() const { return containers || images || attributes; }
};

bool is_attribute(const std::string& key) {
    return key == "operatingsystem" || key == "kernelversion" || key == "storagedriver";
}

Questions questions_of(const Project& project) {
    Questions questions;
    for (auto service : project.services) {
        const auto hints = placement::take_hints(service);
        for (const auto& affinity : hints.affinities)
            (affinity.key == "image" ? questions.images : questions.containers) = true;
        for (const auto& constraint : hints.constraints)
            questions.attributes = questions.attributes || is_attribute(constraint.key);
    }
    return questions;
}

placement::Node to_place(const engine::Node& node) {
    return {
        .id = node.id,
        .name = node.hostname,
        .os = node.os,
        .engine_labels = node.engine_labels,
        .node_labels = node.labels};
}

/// Asks a node itself.
void ask(engine::Engine engine, const Questions& questions, placement::Node& node) {
    if (questions.attributes) {
        const auto info = engine.info();
        node.attributes = {
            {"operatingsystem", info.value("OperatingSystem", "")},
            {"kernelversion", info.value("KernelVersion", "")},
            {"storagedriver", info.value("Driver", "")}};
    }
    if (questions.containers)
        for (const auto& container : engine.list_containers({}, true))
            if (!container.labels.contains("com.docker.swarm.task.id"))
                node.containers.push_back({container.id, container.name(), container.labels});
    if (questions.images)
        node.images = engine::Services(engine).image_names();
}

/// Fills an Observed from several threads.
class Observer {
  public:
    Observer(engine::Engine& engine, const NodeEngine& node_engine, const std::stop_token& stop)
        : engine_(engine), node_engine_(node_engine), stop_(stop), group_(parallel_calls, stop) {}

    Observed run(const Project& project) {
        observed_.api = engine_.api_version(); // once, before several threads would ask for it
        group_.spawn([&](const std::stop_token& stop) {
            observed_.nodes = engine_.with(stop).list_nodes();
        });
        group_.spawn([&](const std::stop_token& stop) { services(project.name, stop); });
        group_.spawn([&](const std::stop_token& stop) {
            observed_.tasks = engine_.with(stop).list_tasks({});
        });
        group_.spawn([&](const std::stop_token& stop) {
            observed_.networks = engine_.with(stop).list_networks({});
        });
        for (const auto& service : project.services)
            group_.spawn([this, &project, &service](const std::stop_token& stop) {
                image_ports(project, service, stop);
            });
        group_.wait();
        make_cluster(questions_of(project));
        observed_.folders = look_for_folders(project, observed_.cluster, node_engine_, stop_);
        return std::move(observed_);
    }

  private:
    void services(const std::string& project, const std::stop_token& stop) {
        for (auto& service : engine::Services(engine_.with(stop)).list({})) {
            const bool ours = service.label(compose::labels::project) == project;
            (ours ? observed_.services : observed_.others).push_back(std::move(service));
        }
        std::sort(
            observed_.services.begin(),
            observed_.services.end(),
            [](const engine::Service& a, const engine::Service& b) { return a.name < b.name; }
        );
    }

    void image_ports(const Project& project, const Service& service, const std::stop_token& stop) {
        const auto image = engine_.with(stop).inspect_image(project.image_of(service));
        if (!image)
            return;
        const std::lock_guard lock(mutex_);
        observed_.image_ports[service.name] = image->exposed;
    }

    void make_cluster(const Questions& questions) {
        for (const auto& node : observed_.nodes)
            if (node.ready() && node.availability == "active")
                observed_.cluster.push_back(to_place(node));
        std::sort(
            observed_.cluster.begin(),
            observed_.cluster.end(),
            [](const placement::Node& a, const placement::Node& b) { return a.name < b.name; }
        );
        add_tasks();
        if (!questions.any() || !node_engine_)
            return;
        for (auto& node : observed_.cluster)
            group_.spawn([&](const std::stop_token& stop) {
                try {
                    ask(node_engine_(node.id).with(stop), questions, node);
                } catch (const Error& error) {
                    if (error.kind() == orch::Kind::cancelled)
                        throw;
                    log::debug("compose", "{}: {}", node.name, error.message());
                }
            });
        group_.wait();
    }

    /// Tasks of any service are containers of their nodes, under the names they had without it.
    void add_tasks() {
        std::map<std::string, const engine::Service*> by_id;
        for (const auto* list : {&observed_.services, &observed_.others})
            for (const auto& service : *list)
                by_id[service.id] = &service;
        const auto names = node_names(observed_.nodes);
        for (const auto& task : observed_.tasks) {
            const auto service = by_id.find(task.service);
            const auto node = std::find_if(
                observed_.cluster.begin(),
                observed_.cluster.end(),
                [&](const placement::Node& candidate) { return candidate.id == task.node; }
            );
            if (service == by_id.end() || node == observed_.cluster.end() || has_ended(task))
                continue;
            node->containers.push_back(
                {task.container, task_name(*service->second, task, names), task.labels}
            );
            node->containers.push_back(
                {task.container,
                 service->second->name + "." + std::to_string(task.slot),
                 task.labels}
            );
        }
    }

    engine::Engine& engine_;
    const NodeEngine& node_engine_;
    std::stop_token stop_;
    std::mutex mutex_; // guards image_ports while tasks run
    Observed observed_;
    tasks::Group group_;
};

} // namespace

Observed observe(
    engine::Engine& engine,
    const Project& project,
    const NodeEngine& node_engine,
    const std::stop_token& stop
) {
    auto observed = Observer(engine, node_engine, stop).run(project);
    observed.containers = plain_containers(observed.nodes, node_engine, project.name, stop);
    return observed;
}

Observed observe_all(
    engine::Engine& engine,
    const std::string& project,
    const NodeEngine& node_engine,
    const std::stop_token& stop
) {
    auto observed = observe_services(engine, project);
    if (observed.nodes.empty())
        observed.nodes = engine.list_nodes();
    observed.containers = plain_containers(observed.nodes, node_engine, project, stop);
    return observed;
}

Observed observe_services(engine::Engine& engine, const std::string& project) {
    Observed observed{.api = engine.api_version()};
    const engine::Filters filters{
        {"label", {std::string(compose::labels::project) + "=" + project}}};
    observed.services = engine::Services(engine).list(filters);
    std::sort(
        observed.services.begin(),
        observed.services.end(),
        [](const engine::Service& a, const engine::Service& b) { return a.name < b.name; }
    );
    if (!observed.services.empty()) {
        observed.nodes = engine.list_nodes();
        std::vector<std::string> ids;
        for (const auto& service : observed.services)
            ids.push_back(service.id);
        observed.tasks = engine.list_tasks({{"service", ids}});
    }
    return observed;
}

} // namespace orch::compose::swarm
