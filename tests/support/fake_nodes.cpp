#include "tests/support/fake_nodes.hpp"

#include "lib/base/error.hpp"

#include <fmt/core.h>

namespace orch::test {

namespace {

using Json = nlohmann::json;

constexpr std::uint64_t ids_per_node = 1'000'000;

} // namespace

FakeNodes::FakeNodes(const std::vector<std::string>& names) : names_(names) {
    std::uint64_t first = 0;
    for (const auto& name : names) {
        auto& engine = engines_[name];
        engine.number_from(first += ids_per_node);
        engine.set_info(
            {{"Swarm",
              {{"LocalNodeState", "active"},
               {"NodeID", "node-" + name},
               {"ControlAvailable", name == names.front()}}}}
        );
        clients_.emplace(name, engine_of(name));
    }
}

http::Response FakeNodes::send(const http::Request& request, const std::stop_token& stop) {
    const auto host = request.url.find("://") + 3;
    const auto name = request.url.substr(host, request.url.find(".test", host) - host);
    const auto path = request.url.substr(0, request.url.find('?'));
    const auto json = [](const Json& body) { return http::Response{200, {}, body.dump()}; };
    if (name == names_.front() && path.ends_with("/nodes"))
        return json(nodes());
    if (name == names_.front() && path.ends_with("/services"))
        return json(Json::array()); // whose tasks add_task() makes is not looked at
    if (name == names_.front() && path.ends_with("/tasks")) {
        const std::lock_guard lock(mutex_);
        return json(tasks_);
    }
    return engines_.at(name).send(request, stop);
}

Json FakeNodes::nodes() const {
    Json rows = Json::array();
    for (const auto& name : names_)
        rows.push_back(
            {{"ID", "node-" + name},
             {"Spec",
              {{"Role", name == names_.front() ? "manager" : "worker"},
               {"Availability", "active"}}},
             {"Description", {{"Hostname", name}}},
             {"Status", {{"State", down_.contains(name) ? "down" : "ready"}, {"Addr", name}}}}
        );
    return rows;
}

engine::Engine FakeNodes::engine_of(const std::string& name) {
    return {*this, {.host = name + ".test"}, {}};
}

std::function<engine::Engine&(const std::string&)> FakeNodes::seam() {
    return [this](const std::string& node) -> engine::Engine& {
        const auto name = node.starts_with("node-") ? node.substr(5) : node;
        if (lost_.contains(name))
            throw Error(Kind::not_found, "no machine of this store is the node {}", name);
        return clients_.at(name);
    };
}

std::string FakeNodes::add_task(
    const std::string& project, const std::string& service, int slot, const std::string& name
) {
    const std::lock_guard lock(mutex_);
    const auto id = fmt::format("task{}", tasks_.size() + 1);
    const auto task_name = fmt::format("{}_{}.{}.{}", project, service, slot, id);
    auto engine = engine_of(name);
    const Json own{
        {"com.docker.compose.project", project},
        {"com.docker.compose.service", service},
        {"com.docker.compose.oneoff", "False"}};
    auto labels = own;
    labels.update(
        {{"com.docker.swarm.task.id", id},
         {"com.docker.swarm.task.name", task_name},
         {"com.docker.swarm.node.id", "node-" + name}}
    );
    if (!engine.inspect_image("img"))
        engines_.at(name).add_image("img");
    const auto container =
        engine.create_container(task_name, {{"Image", "img"}, {"Labels", labels}}).id;
    engine.start_container(container);
    tasks_.push_back(
        {{"ID", id},
         {"Slot", slot},
         {"ServiceID", "service-" + service},
         {"NodeID", "node-" + name},
         {"CreatedAt", fmt::format("2026-01-01T00:00:{:02}Z", tasks_.size())},
         {"Spec", {{"ContainerSpec", {{"Labels", own}}}}},
         {"DesiredState", "running"},
         {"Status", {{"State", "running"}, {"ContainerStatus", {{"ContainerID", container}}}}}}
    );
    return container;
}

} // namespace orch::test
