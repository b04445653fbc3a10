#include "compose/swarm/down.hpp"
#include "compose/swarm/plain.hpp"
#include "compose/swarm/power.hpp"
#include "compose/swarm/ps.hpp"
#include "compose/swarm/up.hpp"
#include "lib/base/text.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/fake_engine.hpp"
#include "tests/support/fake_manager.hpp"
#include "tests/support/fake_world.hpp"
#include "tests/unit/compose/swarm/swarm_case.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace compose = orch::compose;
namespace swarm = orch::compose::swarm;
namespace test = orch::test;

using test::error_of;
using test::steps_of;
using test::swarm_project;
using test::swarm_service;
using Lines = std::vector<std::string>;
using Names = std::set<std::string>;

namespace {

compose::Service privileged(std::string name, std::vector<std::string> links = {}) {
    auto service = swarm_service(std::move(name), std::move(links));
    service.privileged = true;
    return service;
}

compose::ObservedContainer container(const std::string& service, const std::string& node) {
    return {
        .id = "id-" + service,
        .name = "shop_" + service + "_1",
        .service = service,
        .number = 1,
        .state = "running",
        .node = node};
}

bool has(const nlohmann::json& list, const std::string& text) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

/// "gpu", which is privileged, links to "db"; "web" links to "gpu".
struct Mixed {
    Mixed() {
        const auto id = engines["a"].add_image("busybox");
        for (const std::string name : {"b", "c"})
            engines[name].add_image("busybox");
        manager.add_image("busybox", id);
        for (auto& [name, client] : clients) // a real one learns of an overlay by itself
            client.create_network({{"Name", "shop_default"}});
    }

    orch::engine::Engine& node(const std::string& name) {
        return clients.at(name.substr(name.size() - 1));
    }

    swarm::NodeEngine seam() {
        return [this](const std::string& name) -> orch::engine::Engine& { return node(name); };
    }

    compose::ExecuteOptions how() {
        return {.services = {.clock = &world.clock, .node_engine = seam()}};
    }

    compose::UpResult up(bool mixed, compose::ReconcileOptions what = {}, bool dry_run = false) {
        swarm::UpOptions options{.node_engine = seam(), .mixed = mixed};
        options.common = {.what = std::move(what), .how = how(), .dry_run = dry_run};
        return swarm::up(project, engine, options, world.job);
    }

    std::string act(swarm::MakePlan plan) {
        return orch::text::join(
            swarm::act(project, engine, {}, plan, how(), world.job).changed, " "
        );
    }

    /// "shop_gpu_1 running", of that node.
    Lines containers(const std::string& name) {
        Lines lines;
        for (const auto& each : node(name).list_containers({}, true))
            lines.push_back(each.name() + " " + each.state);
        std::sort(lines.begin(), lines.end());
        return lines;
    }

    nlohmann::json posted(const std::string& name) {
        return engines.at(name).containers().at(0).posted;
    }

    test::FakeManager manager;
    test::FakeWorld world;
    orch::engine::Engine engine{manager, {.socket = "/s"}, {}};
    std::map<std::string, test::FakeEngine> engines;
    std::map<std::string, orch::engine::Engine> clients{
        {"a", {engines["a"], {.socket = "/a"}, {}}},
        {"b", {engines["b"], {.socket = "/b"}, {}}},
        {"c", {engines["c"], {.socket = "/c"}, {}}}};
    compose::Project project = swarm_project(
        {swarm_service("db"), privileged("gpu", {"db"}), swarm_service("web", {"gpu"})}
    );
};

} // namespace

TEST_CASE("plain: which services are containers") {
    auto observed = test::three_nodes();
    auto sidecar = swarm_service("sidecar");
    auto main = privileged("main");
    main.network = {compose::NetworkMode::Kind::service, "sidecar"};
    const auto project = swarm_project({swarm_service("db"), sidecar, main});
    CHECK(swarm::plain_services(project, observed, false) == Names{});
    CHECK(swarm::plain_services(project, observed, true) == Names{"main", "sidecar"});
    observed.containers = {container("main", "nb")};
    CHECK(swarm::plain_services(project, observed, false) == Names{"main", "sidecar"});
    const auto places = swarm::arrange(project, observed, {});
    CHECK(places.containers.at("main") == "nb"); // where it is
    CHECK(places.containers.at("sidecar") == "nb");
}

TEST_CASE("plain: marks of nodes") {
    CHECK(swarm::mark_of("shop", "gpu.x") == "orch.c.shop.gpu.x");
    CHECK(swarm::marked_service("orch.c.shop.gpu.x", "shop") == "gpu.x");
    CHECK_FALSE(swarm::marked_service("orch.c.shopping.gpu", "shop"));
    CHECK_FALSE(swarm::marked_service("orch.g.shop.gpu", "shop"));
}

TEST_CASE("plain: the service as a container") {
    auto gpu = privileged("gpu", {"db"});
    gpu.volumes = {{.source = "", .target = "/cache", .mode = "rw"}};
    gpu.volumes_from = {{.source = "db", .mode = "ro"}};
    auto db = swarm_service("db");
    db.volumes = {{.source = "", .target = "/data", .mode = "rw"}};
    const auto project = swarm_project({db, gpu});
    const auto made =
        swarm::with_containers(project, {.services = {"gpu"}, .images = {{"gpu", "sha256:1"}}});
    CHECK(*made.find("db") == db);
    const auto& service = *made.find("gpu");
    CHECK(service.image == "sha256:1");
    CHECK(service.links.empty());
    CHECK(service.volumes_from.empty());
    CHECK(service.environment.contains("DB_NAME"));
    CHECK(service.network.name == "shop_default");
    CHECK(service.labels.at(swarm::labels::aliases) == "gpu");
    REQUIRE(service.volumes.size() == 2);
    CHECK(service.volumes[0].source.starts_with("shop_gpu_"));
    CHECK(service.volumes[1].source.starts_with("shop_db_"));
    CHECK(service.volumes[1].mode == "ro");
}

TEST_CASE("plain: a node that is down with its container is an error, but for a hint") {
    auto observed = test::three_nodes();
    observed.nodes[1].labels["orch.c.shop.gpu"] = "1";
    observed.nodes[1].state = "down";
    observed.cluster.erase(observed.cluster.begin() + 1);
    auto project = swarm_project({privileged("gpu")});
    const auto error = error_of([&] { swarm::arrange(project, observed, {.mixed = true}); });
    CHECK(error.message() == "Service \"gpu\": its container is on node b, which is down");
    project.services[0].environment = {{"reschedule:on-node-failure", std::nullopt}};
    const auto arrangement = swarm::arrange(project, observed, {.mixed = true});
    CHECK(arrangement.containers.at("gpu") != "nb");
    // The mark stays: what is on that node is looked at when it is back.
    CHECK(
        steps_of(swarm::reconcile(arrangement, observed, {})).find("take a label") ==
        std::string::npos
    );
}

TEST_CASE("plain: down says what a node that does not answer keeps") {
    auto observed = test::three_nodes();
    observed.nodes[1].labels["orch.c.shop.gpu"] = "1";
    observed.nodes[1].state = "down";
    const auto plan = swarm::plan_down(swarm_project({privileged("gpu")}), observed, {});
    CHECK(plan.empty()); // its mark stays
    REQUIRE(plan.warnings.size() == 1);
    CHECK(plan.warnings.front().find("node b does not answer: what it has of gpu") == 0);
}

TEST_CASE("plain: services with one host port are kept apart, or it is an error") {
    const auto observed = test::three_nodes();
    std::vector<compose::Service> services;
    for (const std::string name : {"one", "two", "three", "four"}) {
        services.push_back(swarm_service(name));
        services.back().ports = {{.host_ip = "", .host_port = "80", .container_port = 80}};
    }
    const auto error = error_of([&] { swarm::arrange(swarm_project(services), observed, {}); });
    CHECK(error.message().find("both publish port 80/tcp of their host") != std::string::npos);
    services.pop_back();
    const auto arrangement = swarm::arrange(swarm_project(services), observed, {});
    CHECK(arrangement.place("one")->nodes == Lines{"a"});
    CHECK(arrangement.place("two")->nodes == Lines{"b"});
    CHECK(arrangement.place("three")->nodes == Lines{"c"});
    services[1].ports[0].protocol = "udp";
    services[2].ports[0].host_port = "81";
    const auto free = swarm::arrange(swarm_project(services), observed, {});
    CHECK(free.place("three")->nodes.size() == 3);
}

TEST_CASE_FIXTURE(Mixed, "plain up: refused without the flag, and nothing is changed") {
    CHECK(error_of([&] { up(false); }).kind() == orch::Kind::unsupported);
    CHECK(manager.changes().empty());
    const auto plan = up(true, {}, true).plan;
    CHECK(plan.find("create shop_gpu_1 on a") != std::string::npos);
    CHECK(manager.changes().empty());
}

TEST_CASE_FIXTURE(
    Mixed, "plain up: a container of one node, in the network, between the services"
) {
    const auto result = up(true);
    CHECK(result.changes == Lines{"shop_default", "a", "shop_db", "shop_gpu_1", "shop_web"});
    CHECK(containers("a") == Lines{"shop_gpu_1 running"});
    CHECK(containers("b").empty());
    CHECK(manager.node_labels("na").contains("orch.c.shop.gpu"));
    const auto body = posted("a");
    CHECK(body["HostConfig"]["Privileged"] == true);
    CHECK(body["HostConfig"]["NetworkMode"] == "shop_default");
    const auto names = body["NetworkingConfig"]["EndpointsConfig"]["shop_default"]["Aliases"];
    CHECK(has(names, "gpu"));
    CHECK(has(names, "gpu_1"));
    CHECK(has(names, "shop_gpu_1"));
    CHECK(body["Labels"]["com.docker.compose.oneoff"] == "False");
    CHECK(manager.spec("shop_gpu").is_null());
}

TEST_CASE_FIXTURE(Mixed, "plain up: once more nothing happens, without the flag, too") {
    up(true);
    manager.forget_changes();
    const auto again = up(false);
    CHECK_FALSE(again.changed);
    CHECK(again.unchanged == Lines{"shop_db", "shop_gpu_1", "shop_web"});
    CHECK(manager.changes().empty());
    CHECK(up(false, {}, true).plan.find("create") == std::string::npos);
}

TEST_CASE_FIXTURE(
    Mixed, "plain up: what changed is made anew, scaled, moved, and becomes a service"
) {
    up(true);
    project.services[1].command = {"other"};
    CHECK(up(false).changes == Lines{"shop_gpu_1"});
    CHECK(posted("a")["Cmd"] == nlohmann::json{"other"});
    up(false, {.scale = {{"gpu", 2}}});
    CHECK(containers("a").size() == 2);
    project.services[1].environment["constraint:node==c"] = std::nullopt;
    up(false);
    CHECK(containers("a").empty());
    CHECK(containers("c") == Lines{"shop_gpu_1 running", "shop_gpu_2 running"});
    CHECK_FALSE(manager.node_labels("na").contains("orch.c.shop.gpu"));
    project.services[1].privileged = false;
    up(false);
    CHECK(containers("c").empty());
    CHECK_FALSE(manager.spec("shop_gpu").is_null());
    CHECK_FALSE(manager.node_labels("nc").contains("orch.c.shop.gpu"));
    project.services[1].privileged = true;
    up(true);
    CHECK(manager.spec("shop_gpu").is_null());
    CHECK(containers("c") == Lines{"shop_gpu_1 running", "shop_gpu_2 running"});
}

TEST_CASE_FIXTURE(
    Mixed, "plain up: it stays with its volumes, or a hint against that is an error"
) {
    project.services[1].volumes = {{.source = "data", .target = "/data", .mode = "rw"}};
    project.services[1].environment["constraint:node==c"] = std::nullopt;
    up(true);
    project.services[1].environment.clear();
    CHECK_FALSE(containers("c").empty());
    up(false);
    CHECK_FALSE(containers("c").empty());
    project.services[1].environment["constraint:node==b"] = std::nullopt;
    const auto error = error_of([&] { up(false); });
    CHECK(error.message().find("constraint:node==nc") != std::string::npos);
    project.services[1].environment["reschedule:on-node-failure"] = std::nullopt;
    up(false);
    CHECK(containers("c").empty());
    CHECK(containers("b") == Lines{"shop_gpu_1 running"});
}

TEST_CASE_FIXTURE(Mixed, "plain power: stop, start, restart and rm go through the node") {
    up(true);
    CHECK(act(swarm::plan_stop) == "shop_web shop_gpu_1 shop_db");
    CHECK(containers("a") == Lines{"shop_gpu_1 exited"});
    CHECK(act(swarm::plan_start) == "shop_db shop_gpu_1 shop_web");
    CHECK(containers("a") == Lines{"shop_gpu_1 running"});
    CHECK(act(swarm::plan_restart) == "shop_db shop_gpu_1 shop_web");
    act(swarm::plan_stop);
    const auto removed = swarm::rm(project, engine, {.how = how()}, world.job);
    CHECK(orch::text::join(removed.changed, " ") == "shop_web shop_gpu_1 shop_db");
    CHECK(containers("a").empty());
}

TEST_CASE_FIXTURE(Mixed, "plain ps: rows with the node, beside those of tasks") {
    up(true);
    const compose::Hosts hosts(engine, seam());
    Lines lines;
    for (const auto& row : swarm::ps(project, hosts, {}, world.job))
        lines.push_back(row.common.name + " " + row.node + " " + row.common.status);
    CHECK(lines == Lines{"shop_db_1 a running", "shop_gpu_1 a running", "shop_web_1 a running"});
    CHECK(
        swarm::service_names(project, hosts, {.states = {"running"}}, world.job) ==
        Lines{"db", "gpu", "web"}
    );
}

TEST_CASE_FIXTURE(Mixed, "plain down: containers, orphans only if asked, then network and marks") {
    up(true);
    const auto whole = project;
    project.services = {project.services[0]};
    swarm::down(project, engine, {}, seam(), world.job);
    CHECK(containers("a") == Lines{"shop_gpu_1 running"});
    CHECK(manager.node_labels("na").contains("orch.c.shop.gpu"));
    project = whole;
    swarm::down(project, engine, {}, seam(), world.job);
    CHECK(containers("a").empty());
    CHECK(manager.node_labels("na").empty());
    CHECK(manager.networks().empty());
}
