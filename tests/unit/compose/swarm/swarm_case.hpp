// A swarm of three nodes as values, and a project on it.
#pragma once

#include "compose/model/project.hpp"
#include "compose/swarm/labels.hpp"
#include "compose/swarm/observed.hpp"
#include "compose/swarm/reconcile.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace orch::test {

inline compose::Service swarm_service(std::string name, std::vector<std::string> links = {}) {
    compose::Service service;
    service.name = std::move(name);
    service.image = "busybox";
    for (auto& link : links)
        service.links.push_back({link, link});
    return service;
}

inline compose::Project swarm_project(std::vector<compose::Service> services) {
    return {.name = "shop", .dir = "/shop", .services = std::move(services)};
}

/// Nodes a, b, c with the ids na, nb, nc and 1 GiB each; a is the manager.
inline compose::swarm::Observed three_nodes() {
    compose::swarm::Observed observed{.api = "1.41"};
    for (const std::string name : {"a", "b", "c"}) {
        engine::Node node{
            .id = "n" + name,
            .hostname = name,
            .role = name == "a" ? "manager" : "worker",
            .availability = "active",
            .state = "ready",
            .address = "10.0.0." + std::to_string(name[0] - 'a' + 1),
            .memory = std::int64_t{1} << 30};
        observed.nodes.push_back(node);
        observed.cluster.push_back({.id = node.id, .name = name, .os = "linux"});
    }
    return observed;
}

inline void add_network(compose::swarm::Observed& observed) {
    observed.networks.push_back(
        {.id = "net",
         .name = "shop_default",
         .driver = "overlay",
         .scope = "swarm",
         .labels = {{compose::labels::project, "shop"}}}
    );
}

/// The service as `up` would have left it, with a running task on each of the nodes.
inline void deploy(
    compose::swarm::Observed& observed,
    const compose::Project& project,
    const std::string& name,
    const std::vector<std::string>& nodes
) {
    const auto plan = compose::swarm::reconcile(
        compose::swarm::arrange(project, observed, {.services = {name}, .no_deps = true}),
        observed,
        {}
    );
    for (const auto& step : plan.steps) {
        const auto* call = std::get_if<compose::CreateService>(&step.act.call);
        if (call == nullptr)
            continue;
        const auto spec = nlohmann::json::parse(call->spec);
        engine::Service service{.id = "id-" + name, .name = call->name};
        service.labels = spec["Labels"].get<engine::Labels>();
        service.replicas = static_cast<int>(nodes.size());
        for (const auto& item : spec["TaskTemplate"]["Placement"]["Constraints"])
            service.constraints.push_back(item.get<std::string>());
        observed.services.push_back(service);
    }
    for (std::size_t i = 0; i < nodes.size(); ++i)
        observed.tasks.push_back(
            {.id = name + std::to_string(i + 1),
             .service = "id-" + name,
             .node = nodes[i],
             .slot = static_cast<int>(i + 1),
             .state = "running",
             .desired = "running"}
        );
}

/// "create service shop_web", one line per step.
inline std::string steps_of(const compose::Plan& plan) {
    std::string text;
    for (const auto& step : plan.steps)
        text += to_text(step.act) + "\n";
    return text;
}

} // namespace orch::test
