#include "tests/support/fake_swarm.hpp"

#include "lib/base/error.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace orch::test {

namespace {

using Json = nlohmann::json;

constexpr auto no_swarm =
    "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to "
    "connect this node to swarm and try again.";
constexpr auto on_worker =
    "This node is not a swarm manager. Worker nodes can't be used to view or modify cluster state. "
    "Please run this command on a manager node or promote the current node to a manager.";
constexpr auto member_already =
    "This node is already part of a swarm. Use \"docker swarm leave\" to leave this swarm and join "
    "another one.";
constexpr auto last_manager =
    "You are attempting to leave the swarm on a node that is participating as a manager. Removing "
    "the last manager erases all current state of the swarm. Use `--force` to ignore this message.";

http::Response json(int status, const Json& body) {
    return {status, {{"content-type", "application/json"}}, body.dump()};
}

http::Response refuse(int status, const std::string& message) {
    return json(status, {{"message", message}});
}

std::string token(const std::string& swarm, const std::string& role) {
    return "SWMTKN-1-" + swarm + "-" + role;
}

} // namespace

http::Response FakeSwarm::answer(const http::Request& request) {
    const std::lock_guard lock(mutex_);
    const auto host = request.url.find("://") + 3;
    const auto slash = request.url.find('/', host);
    auto address = request.url.substr(host, request.url.find(':', host) - host);
    if (const auto other = further_.find(address); other != further_.end())
        address = other->second;
    auto path = request.url.substr(slash, request.url.find('?', slash) - slash);
    const auto found = engines_.find(address);
    if (found == engines_.end() || !found->second.alive)
        throw http::NoAnswer(Kind::network, request.url, "connection refused", false);
    auto& engine = found->second;
    if (path == "/version")
        return json(200, {{"Version", "20.10.24"}, {"ApiVersion", "1.41"}});
    path.erase(0, path.find('/', 1)); // "/v1.41"
    if (path == "/info")
        return json(200, info(engine));
    if (path.starts_with("/swarm"))
        return swarm(path.substr(6), engine, request);
    if (!is_manager(engine))
        return refuse(503, engine.swarm.empty() ? no_swarm : on_worker);
    if (path == "/tasks")
        return json(200, Json::array());
    if (path.starts_with("/nodes"))
        return nodes(path.substr(6), engine, request);
    return refuse(501, "the fake swarm has no route for " + path);
}

http::Response
FakeSwarm::swarm(const std::string& verb, Engine& engine, const http::Request& request) {
    const auto body = Json::parse(request.body, nullptr, false);
    if (verb == "/init" || verb == "/join") {
        if (!engine.swarm.empty())
            return refuse(503, member_already);
        return verb == "/init" ? init(engine, body) : join(engine, body);
    }
    if (verb == "/leave")
        return leave(engine, request.url.ends_with("force=1"));
    if (!is_manager(engine))
        return refuse(503, engine.swarm.empty() ? no_swarm : on_worker);
    return json(
        200,
        {{"ID", engine.swarm},
         {"JoinTokens",
          {{"Worker", token(engine.swarm, "worker")}, {"Manager", token(engine.swarm, "manager")}}}}
    );
}

http::Response FakeSwarm::init(Engine& engine, const Json& body) {
    if (body.value("ListenAddr", "").empty())
        return refuse(400, "invalid ListenAddr \"\": invalid empty address");
    engine.swarm = fmt::format("swarm{}", ++made_);
    engine.node = fmt::format("node{}", ++ids_);
    auto& cluster = clusters_[engine.swarm];
    cluster.nodes[engine.node] = {
        .id = engine.node,
        .role = "manager",
        .availability = body.value("Availability", "active"),
        .labels = {}};
    cluster.addresses[engine.node] = body.value("AdvertiseAddr", "");
    return json(200, engine.node);
}

http::Response FakeSwarm::join(Engine& engine, const Json& body) {
    const auto given = body.value("JoinToken", "");
    if (!given.starts_with("SWMTKN-1-"))
        return refuse(500, "invalid join token");
    for (const auto& remote : body.value("RemoteAddrs", std::vector<std::string>())) {
        const auto manager = engines_.find(remote.substr(0, remote.find(':')));
        if (manager == engines_.end() || !manager->second.alive || !is_manager(manager->second))
            continue;
        const auto& swarm = manager->second.swarm;
        const bool as_manager = given == token(swarm, "manager");
        if (!as_manager && given != token(swarm, "worker"))
            return refuse(
                400,
                "rpc error: code = InvalidArgument desc = A valid join token is necessary to join "
                "this cluster"
            );
        engine.swarm = swarm;
        engine.node = fmt::format("node{}", ++ids_);
        auto& cluster = clusters_[swarm];
        cluster.nodes[engine.node] = {
            .id = engine.node,
            .role = as_manager ? "manager" : "worker",
            .availability = body.value("Availability", "active"),
            .labels = {}};
        cluster.addresses[engine.node] = body.value("AdvertiseAddr", "");
        return {200, {}, ""};
    }
    return refuse(
        503,
        "Timeout was reached before node joined. The attempt to join the swarm will continue in "
        "the background. Use the \"docker info\" command to see the current swarm status of your "
        "node."
    );
}

http::Response FakeSwarm::leave(Engine& engine, bool force) {
    if (engine.swarm.empty())
        return refuse(503, "This node is not part of a swarm");
    if (is_manager(engine) && !force)
        return refuse(503, last_manager);
    engine.leave();
    return {200, {}, ""};
}

http::Response
FakeSwarm::nodes(const std::string& path, Engine& engine, const http::Request& request) {
    auto& cluster = clusters_[engine.swarm];
    if (path.empty()) {
        auto all = Json::array();
        for (const auto& [id, node] : cluster.nodes)
            all.push_back(view(cluster, node));
        return json(200, all);
    }
    const auto id = path.substr(1, path.find('/', 1) - 1);
    const auto found = cluster.nodes.find(id);
    if (found == cluster.nodes.end())
        return refuse(404, "node " + id + " not found");
    auto& node = found->second;
    if (request.method == "POST")
        return update(cluster, node, request);
    if (request.method != "DELETE")
        return json(200, view(cluster, node));
    if (node.role == "manager")
        return refuse(
            400,
            "rpc error: code = FailedPrecondition desc = node " + id +
                " is a cluster manager and is a member of the raft cluster. It must be demoted to "
                "worker before removal"
        );
    if (view(cluster, node)["Status"]["State"] == "ready" && !request.url.ends_with("force=1"))
        return refuse(
            400,
            "rpc error: code = FailedPrecondition desc = node " + id +
                " is not down and can't be removed"
        );
    cluster.nodes.erase(found);
    return {200, {}, ""};
}

http::Response
FakeSwarm::update(Cluster& cluster, FakeSwarmNode& node, const http::Request& request) {
    if (outdated_ > 0) {
        --outdated_;
        ++node.version;
    }
    if (!request.url.ends_with(fmt::format("version={}", node.version)))
        return refuse(500, "rpc error: code = Unknown desc = update out of sequence");
    const auto spec = Json::parse(request.body);
    const auto role = spec.value("Role", "");
    if (role != "worker" && role != "manager")
        return refuse(400, "invalid Role: \"" + role + "\"");
    const auto managers =
        std::count_if(cluster.nodes.begin(), cluster.nodes.end(), [](const auto& each) {
            return each.second.role == "manager";
        });
    if (node.role == "manager" && role == "worker" && managers == 1)
        return refuse(
            400,
            "rpc error: code = FailedPrecondition desc = attempting to demote the last manager of "
            "the swarm"
        );
    node.role = role;
    node.availability = spec.value("Availability", "");
    node.labels = spec.value("Labels", std::map<std::string, std::string>());
    ++node.version;
    return {200, {}, ""};
}

Json FakeSwarm::info(const Engine& engine) const {
    Json part{
        {"LocalNodeState", engine.swarm.empty() ? "inactive" : "active"},
        {"NodeID", engine.node},
        {"ControlAvailable", is_manager(engine)},
        {"RemoteManagers", nullptr}};
    if (!engine.swarm.empty()) {
        part["RemoteManagers"] = Json::array();
        const auto& cluster = clusters_.at(engine.swarm);
        for (const auto& [id, node] : cluster.nodes)
            if (node.role == "manager")
                part["RemoteManagers"].push_back(
                    {{"NodeID", id}, {"Addr", cluster.addresses.at(id) + ":2377"}}
                );
    }
    if (is_manager(engine))
        part["Cluster"] = {{"ID", engine.swarm}};
    return {{"Swarm", part}};
}

Json FakeSwarm::view(const Cluster& cluster, const FakeSwarmNode& node) const {
    const auto& address = cluster.addresses.at(node.id);
    const bool ready = std::any_of(engines_.begin(), engines_.end(), [&](const auto& each) {
        return each.second.alive && each.second.node == node.id;
    });
    Json result{
        {"ID", node.id},
        {"Version", {{"Index", node.version}}},
        {"Spec",
         {{"Role", node.role}, {"Availability", node.availability}, {"Labels", node.labels}}},
        {"Description",
         {{"Hostname", "host-" + address}, {"Engine", {{"EngineVersion", "20.10.24"}}}}},
        {"Status", {{"State", ready ? "ready" : "down"}, {"Addr", address}}}};
    if (node.role == "manager")
        result["ManagerStatus"] = {{"Reachability", ready ? "reachable" : "unreachable"}};
    return result;
}

const FakeSwarmNode* FakeSwarm::node_of(const Engine& engine) const {
    const auto cluster = clusters_.find(engine.swarm);
    if (cluster == clusters_.end())
        return nullptr;
    const auto found = cluster->second.nodes.find(engine.node);
    return found == cluster->second.nodes.end() ? nullptr : &found->second;
}

bool FakeSwarm::is_manager(const Engine& engine) const {
    const auto* node = node_of(engine);
    return node != nullptr && node->role == "manager";
}

std::optional<FakeSwarmNode> FakeSwarm::node(const std::string& address) const {
    const auto* node = node_of(engines_.at(address));
    return node == nullptr ? std::nullopt : std::optional(*node);
}

std::string FakeSwarm::local_state(const std::string& address) const {
    return engines_.at(address).swarm.empty() ? "inactive" : "active";
}

std::size_t FakeSwarm::node_count(const std::string& address) const {
    return clusters_.at(engines_.at(address).swarm).nodes.size();
}

} // namespace orch::test
