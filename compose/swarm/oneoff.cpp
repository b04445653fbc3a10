#include "compose/swarm/oneoff.hpp"

#include "compose/swarm/folders.hpp"
#include "compose/swarm/images.hpp"
#include "compose/swarm/plain.hpp"
#include "compose/swarm/service_spec.hpp"
#include "compose/swarm/task_containers.hpp"
#include "lib/base/error.hpp"
#include "lib/log/log.hpp"
#include "lib/progress/sink.hpp"
#include "lib/tasks/group.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>
#include <set>

namespace orch::compose::swarm {

namespace {

/// Where the project's tasks and plain containers run.
struct Running {
    std::set<std::string> services;
    std::map<std::string, std::set<std::string>> nodes; // ids, by service
};

Running running_tasks(const Hosts& hosts, const std::string& project) {
    Running running;
    auto& manager = hosts.front();
    for (const auto& plain : plain_containers(manager.list_nodes(), hosts.nodes(), project, {}))
        if (plain.running()) {
            running.services.insert(plain.service);
            running.nodes[plain.service].insert(plain.node);
        }
    for (const auto& task : manager.list_tasks(
             {{"label", {std::string(compose::labels::project) + "=" + project}},
              {"desired-state", {"running"}}}
         )) {
        const auto owner = task.labels.find(compose::labels::project);
        const auto service = task.labels.find(compose::labels::service);
        if (task.state != "running" || owner == task.labels.end() || owner->second != project ||
            service == task.labels.end())
            continue;
        running.services.insert(service->second);
        running.nodes[service->second].insert(task.node);
    }
    return running;
}

void need_dependencies(
    const Service& service, const Hosts& hosts, const std::string& project, const OneoffNeeds& needs
) {
    auto missing = service.dependencies();
    if (needs.bring_up && !missing.empty())
        return needs.bring_up(missing);
    const auto running = running_tasks(hosts, project).services;
    std::erase_if(missing, [&](const auto& name) { return running.contains(name); });
    if (!missing.empty())
        throw Error(
            Kind::conflict,
            "Service '{}' needs '{}', which does not run",
            service.name,
            missing.front()
        )
            .hint("orch compose up -d {}, or run --no-deps", missing.front());
}

ImagePorts
exposed_by_images(const Project& project, const Service& service, engine::Engine& manager) {
    ImagePorts ports;
    for (const auto& link : service.links)
        if (const auto* target = project.find(link.service))
            if (const auto image = manager.inspect_image(project.image_of(*target)))
                ports[target->name] = image->exposed;
    return ports;
}

/// The name of its network. The project's own is made if it is not there.
std::string network_for(
    const Project& project,
    const Service& service,
    engine::Engine& manager,
    const RunOptions& options,
    Job& job
) {
    if (service.network.kind == NetworkMode::Kind::mode && service.network.name != "bridge")
        return service.network.name;
    if (service.network.kind != NetworkMode::Kind::bridge &&
        service.network.kind != NetworkMode::Kind::mode)
        throw Error(
            Kind::unsupported,
            "service {} shares the network of a container, which may be on another node",
            service.name
        )
            .hint("give it a network of its own: leave `net` out");
    const auto name = network_name(project);
    if (!manager.inspect_network(name)) {
        Plan plan;
        plan.begin_task("Creating network", name);
        plan.add({.act = {CreateNetwork{name}, name}});
        execute(plan, project, manager, options.how, job);
    }
    return name;
}

/// Host names of the nodes that may run it, the best ones first.
std::vector<std::string> nodes_in_order(
    const Project& project,
    const Service& service,
    const placement::Hints& hints,
    const Hosts& hosts,
    const placement::Cluster& cluster
) {
    const placement::Wish wish{.service = service.name, .hints = hints, .labels = service.labels};
    auto names = placement::place(project.name, {wish}, cluster).places.front().nodes;
    auto running = running_tasks(hosts, project.name).nodes;
    std::set<std::string> good = running[service.name];
    bool must = false;
    for (const auto& from : service.volumes_from)
        if (from.is_service && !running[from.source].empty()) {
            good = running[from.source];
            must = true;
        }
    const auto is_good = [&](const std::string& name) {
        return std::any_of(cluster.begin(), cluster.end(), [&](const placement::Node& node) {
            return node.name == name && good.contains(node.id);
        });
    };
    std::stable_partition(names.begin(), names.end(), is_good);
    if (must)
        std::erase_if(names, [&](const std::string& name) { return !is_good(name); });
    if (names.empty())
        throw Error(
            Kind::conflict,
            "no node that may run service {} has the volumes that it takes over",
            service.name
        )
            .hint("orch compose ps shows where the services run whose volumes it wants");
    return names;
}

/// The first of them that can be reached.
std::string first_reachable(const std::vector<std::string>& names, const NodeEngine& nodes) {
    std::optional<Error> failure;
    for (const auto& name : names) {
        try {
            nodes(name).api_version();
            return name;
        } catch (const Error& error) {
            if (error.kind() == Kind::cancelled)
                throw;
            log::debug("compose", "{}: {}", name, error.message());
            if (!failure)
                failure = error;
        }
    }
    throw Error(*failure);
}

std::string id_of(const placement::Cluster& cluster, const std::string& name) {
    const auto found = std::find_if(cluster.begin(), cluster.end(), [&](const auto& node) {
        return node.name == name;
    });
    return found == cluster.end() ? name : found->id;
}

/// An empty folder of the node must not hide what the image was built with.
void leave_out_folders(Service& service, const engine::Engine& engine, progress::Sink& progress) {
    std::erase_if(service.volumes, [&](const Volume& volume) {
        if (!in_build_context(service, volume) || !lacks(engine, volume.source))
            return false;
        progress.emit(
            {.id = service.name,
             .status = progress::Status::warning,
             .text = fmt::format(
                 "volumes: {} is not there; {} has what the image was built with",
                 volume.source,
                 volume.target
             )}
        );
        return true;
    });
}

} // namespace

Oneoff create_oneoff(
    const Project& project,
    const Service& wanted,
    const Hosts& hosts,
    const RunOptions& options,
    const OneoffNeeds& needs,
    Job& job
) {
    auto manager = hosts.front().with(job.stop);
    if (!options.no_deps)
        need_dependencies(*project.find(wanted.name), hosts, project.name, needs);
    auto service = wanted;
    const auto hints = placement::take_hints(service);
    const auto names = nodes_in_order(project, service, hints, hosts, needs.cluster);
    Plan image;
    add_image(
        image,
        project,
        service,
        manager.inspect_image(project.image_of(service)).has_value(),
        options
    );
    execute(image, project, manager, options.how, job);
    const auto node = first_reachable(names, hosts.nodes());
    const auto images = provide_images(
        project,
        {{.service = service.name, .nodes = {node}}},
        manager,
        hosts.nodes(),
        {.parallel = 1, .auth = options.how.auth},
        job
    );
    const auto ports = exposed_by_images(project, service, manager);
    service = as_container(project, std::move(service), ports);
    leave_out_folders(service, hosts.nodes()(node).with(job.stop), job.progress);
    service.build.reset();
    service.image = images.at(service.name);
    const auto changed = with_service(project, service);
    auto call = oneoff_call(changed, service, options);
    call.network_mode = network_for(project, service, manager, options, job);
    auto engine = hosts.nodes()(node).with(job.stop);
    auto made = create_by({}, std::move(call), {}, changed, engine, options, job);
    made.node = id_of(needs.cluster, node);
    return made;
}

std::vector<std::string> remove_oneoffs(
    const std::string& project, const Hosts& hosts, const OneoffRemoval& options, Job& job
) {
    auto containers = oneoff_containers(hosts.front(), hosts.nodes(), project);
    std::erase_if(containers, [&](const ObservedContainer& container) {
        return container.running() && !options.running;
    });
    tasks::Group group(options.parallel, job.stop);
    for (const auto& container : containers)
        group.spawn([&](const std::stop_token& stop) {
            progress::Event event{.id = container.name, .text = "Removing"};
            job.progress.emit(event);
            auto engine = hosts.of(container).with(stop);
            if (container.running())
                engine.stop_container(container.id, options.grace);
            engine.remove_container(container.id, options.volumes, true);
            event.status = progress::Status::done;
            job.progress.emit(event);
        });
    group.wait();
    std::vector<std::string> names;
    for (const auto& container : containers)
        names.push_back(container.name);
    return names;
}

} // namespace orch::compose::swarm
