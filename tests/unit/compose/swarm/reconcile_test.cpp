#include "compose/swarm/reconcile.hpp"
#include "tests/support/error_of.hpp"
#include "tests/unit/compose/swarm/swarm_case.hpp"

#include <doctest/doctest.h>

namespace compose = orch::compose;
namespace swarm = orch::compose::swarm;

using orch::test::add_network;
using orch::test::deploy;
using orch::test::steps_of;
using orch::test::swarm_project;
using orch::test::swarm_service;
using orch::test::three_nodes;

namespace {

compose::Plan plan_of(
    const compose::Project& project,
    const swarm::Observed& observed,
    const swarm::ArrangeOptions& where = {},
    const swarm::ReconcileOptions& what = {}
) {
    return swarm::reconcile(swarm::arrange(project, observed, where), observed, what);
}

nlohmann::json spec_in(const compose::Plan& plan, const std::string& name) {
    for (const auto& step : plan.steps) {
        if (const auto* call = std::get_if<compose::CreateService>(&step.act.call))
            if (call->name == name)
                return nlohmann::json::parse(call->spec);
        if (const auto* call = std::get_if<compose::UpdateService>(&step.act.call))
            if (call->name == name)
                return nlohmann::json::parse(call->spec);
    }
    return {};
}

const compose::Project shop =
    swarm_project({swarm_service("redis"), swarm_service("web", {"redis"})});

} // namespace

TEST_CASE("swarm reconcile: network first, then services in the order of their links") {
    const auto plan = plan_of(shop, three_nodes());
    CHECK(
        steps_of(plan) == "create network shop_default\n"
                          "create service shop_redis\n"
                          "wait until the tasks of shop_redis run\n"
                          "wait until the tasks of shop_redis go on running\n"
                          "create service shop_web\n"
                          "wait until the tasks of shop_web run\n"
                          "wait until the tasks of shop_web go on running\n"
    );
    CHECK(plan.steps[1].after == std::vector<std::size_t>{0});
    CHECK(plan.steps[4].after == std::vector<std::size_t>{0, 2}); // not for redis to settle
}

TEST_CASE("swarm reconcile: what is as it should be stays") {
    auto observed = three_nodes();
    add_network(observed);
    deploy(observed, shop, "redis", {"nb"});
    deploy(observed, shop, "web", {"nc"});
    const auto plan = plan_of(shop, observed);
    CHECK(plan.empty());
    CHECK(plan.unchanged == std::vector{std::string("shop_redis"), std::string("shop_web")});
}

TEST_CASE("swarm reconcile: only the service that changed is updated") {
    auto observed = three_nodes();
    add_network(observed);
    deploy(observed, shop, "redis", {"nb"});
    deploy(observed, shop, "web", {"nc"});
    auto changed = shop;
    changed.services[1].command = {"httpd"};
    const auto plan = plan_of(changed, observed);
    CHECK(
        steps_of(plan) == "update service shop_web\n"
                          "wait until the tasks of shop_web run\n"
                          "wait until the tasks of shop_web go on running\n"
    );
    CHECK(plan.unchanged == std::vector{std::string("shop_redis")});
    CHECK(plan.steps[0].cause == "its configuration differs");
}

TEST_CASE("swarm reconcile: a new image id is a change, --no-recreate keeps it") {
    auto observed = three_nodes();
    add_network(observed);
    deploy(observed, shop, "redis", {"nb"});
    const auto one = swarm_project({swarm_service("redis")});
    const swarm::ReconcileOptions other{.images = {{"redis", "sha256:1"}}};
    CHECK(
        spec_in(
            plan_of(one, observed, {}, other), "shop_redis"
        )["TaskTemplate"]["ContainerSpec"]["Image"] == "sha256:1"
    );
    auto never = other;
    never.recreate = compose::Recreate::never;
    CHECK(plan_of(one, observed, {}, never).empty());
}

TEST_CASE("swarm reconcile: a scale is kept, a new one only scales") {
    auto observed = three_nodes();
    add_network(observed);
    deploy(observed, shop, "redis", {"nb"});
    deploy(observed, shop, "web", {"na", "nb", "nc"});
    CHECK(plan_of(shop, observed).empty());
    CHECK(
        steps_of(plan_of(shop, observed, {.scale = {{"web", 2}}})) ==
        "scale service shop_web to 2\n"
        "wait until the tasks of shop_web run\n"
    );
}

TEST_CASE("swarm reconcile: a stopped service comes back with what it had") {
    auto observed = three_nodes();
    add_network(observed);
    deploy(observed, shop, "redis", {"nb"});
    deploy(observed, shop, "web", {"na", "nb"});
    observed.services[1].replicas = 0;
    observed.services[1].labels[swarm::labels::stopped] = "2";
    CHECK(
        steps_of(plan_of(shop, observed)) == "scale service shop_web to 2\n"
                                             "wait until the tasks of shop_web run\n"
    );
}

TEST_CASE("swarm reconcile: what has ended is started again") {
    auto observed = three_nodes();
    add_network(observed);
    deploy(observed, shop, "redis", {"nb"});
    deploy(observed, shop, "web", {"na"});
    observed.tasks[1].state = "complete";
    observed.tasks[1].desired = "shutdown";
    CHECK(
        steps_of(plan_of(shop, observed)) == "restart the tasks of service shop_web\n"
                                             "wait until the tasks of shop_web run\n"
    );
}

TEST_CASE("swarm reconcile: --no-start makes services without tasks that remember their number") {
    const auto plan = plan_of(shop, three_nodes(), {.scale = {{"web", 3}}}, {.no_start = true});
    const auto spec = spec_in(plan, "shop_web");
    CHECK(spec["Mode"]["Replicated"]["Replicas"] == 0);
    CHECK(spec["Labels"][swarm::labels::stopped] == "3");
    CHECK(steps_of(plan).find("wait") == std::string::npos);
}

TEST_CASE("swarm reconcile: what is only wished for goes when it is met") {
    auto observed = three_nodes();
    observed.cluster[1].engine_labels["zone"] = "north";
    auto project = swarm_project({swarm_service("web")});
    project.services[0].environment["constraint:zone"] = "=~north";
    const auto plan = plan_of(project, observed);
    CHECK(
        steps_of(plan) == "create network shop_default\n"
                          "create service shop_web\n"
                          "wait until the tasks of shop_web run\n"
                          "wait until the tasks of shop_web go on running\n"
                          "update service shop_web\n"
    );
    const auto& create = std::get<compose::CreateService>(plan.steps[1].act.call);
    CHECK(create.spec.find("engine.labels.zone==north") != std::string::npos);
    const auto& update = std::get<compose::UpdateService>(plan.steps[4].act.call);
    CHECK(update.spec.find("engine.labels.zone==north") == std::string::npos);
    CHECK(create.spec.find("constraint:") == std::string::npos);
}

TEST_CASE("swarm reconcile: labels come before services and go after them") {
    auto project = swarm_project({swarm_service("db"), swarm_service("web")});
    project.services[1].environment["affinity:container"] = "=shop_db_1";
    auto observed = three_nodes();
    observed.nodes[2].labels["orch.g.shop.old"] = "1";
    observed.nodes[2].labels["orch.g.other.db"] = "1";
    const auto plan = plan_of(project, observed);
    const auto text = steps_of(plan);
    CHECK(text.find("label node a: orch.g.shop.db=1\n") < text.find("create service shop_db"));
    CHECK(plan.steps.back().act.subject == "c");
    CHECK(to_text(plan.steps.back().act) == "take a label from node c: orch.g.shop.old=1");
    CHECK(plan.steps.back().after.size() >= 4);
    CHECK(text.find("orch.g.other") == std::string::npos);
    CHECK(
        spec_in(plan, "shop_web")["TaskTemplate"]["Placement"]["Constraints"][0] ==
        "node.labels.orch.g.shop.db==1"
    );
}

TEST_CASE("swarm reconcile: volumes keep their service where it first was") {
    auto project = swarm_project({swarm_service("db")});
    project.services[0].volumes = {{.source = "data", .target = "/data", .mode = "rw"}};
    auto observed = three_nodes();
    add_network(observed);
    deploy(observed, project, "db", {"nb"});
    const auto plan = plan_of(project, observed);
    const auto spec = spec_in(plan, "shop_db");
    CHECK(spec["TaskTemplate"]["Placement"]["Constraints"][0] == "node.id==nb");
    CHECK(spec["Labels"][swarm::labels::volume_node] == "nb");

    SUBCASE("and an impossible place is an error") {
        observed.services[0].labels[swarm::labels::volume_node] = "nb";
        observed.cluster.erase(observed.cluster.begin() + 1);
        observed.nodes[1].state = "down";
        const auto error = orch::test::error_of([&] { return plan_of(project, observed); });
        CHECK(error.message() == "Service \"db\": its volumes are on node b, which is down");
    }

    SUBCASE("also where one other node is left") {
        observed.cluster.erase(observed.cluster.begin() + 1, observed.cluster.end());
        observed.nodes[1].state = "down";
        const auto error = orch::test::error_of([&] { return plan_of(project, observed); });
        CHECK(error.message() == "Service \"db\": its volumes are on node b, which is down");
    }

    SUBCASE("what was said once stays said when there is no choice any more") {
        observed.services.clear();
        observed.tasks.clear();
        project.services[0].environment["constraint:node!"] = "a";
        deploy(observed, project, "db", {"nb"});
        const auto pinned = spec_in(plan_of(project, observed), "shop_db");
        observed.services[0].labels = pinned["Labels"].get<orch::engine::Labels>();
        observed.services[0].constraints = {"node.id==nb"};
        CHECK(plan_of(project, observed).empty());
        observed.cluster.pop_back();
        CHECK(plan_of(project, observed).empty());
    }

    SUBCASE("also of a group, and where its hints leave another node") {
        auto app = swarm_service("app");
        app.volumes_from = {{"db", "rw", true}};
        project.services.push_back(app);
        observed = three_nodes();
        add_network(observed);
        const auto first = spec_in(plan_of(project, observed), "shop_db");
        CHECK(first["Labels"].contains(swarm::labels::volume_node));
        deploy(observed, project, "db", {"nb"});
        observed.services[0].labels[swarm::labels::volume_node] = "nb";
        project.services[0].environment["constraint:node!"] = "a";
        observed.cluster.erase(observed.cluster.begin() + 1);
        observed.nodes.erase(observed.nodes.begin() + 1);
        const auto error = orch::test::error_of([&] { return plan_of(project, observed); });
        CHECK(
            error.message() ==
            "Service \"db\": its volumes are on node nb, which has left the swarm"
        );
    }

    SUBCASE("unless it may go elsewhere") {
        project.services[0].environment["reschedule:on-node-failure"] = std::nullopt;
        CHECK(plan_of(project, observed).empty());
    }
}

TEST_CASE("swarm reconcile: tasks on their way are waited for, as after an interrupted up") {
    auto observed = three_nodes();
    add_network(observed);
    deploy(observed, shop, "redis", {"nb"});
    deploy(observed, shop, "web", {"nc"});
    REQUIRE(plan_of(shop, observed).empty());
    observed.tasks[1].state = "preparing";
    const auto plan = plan_of(shop, observed);
    CHECK(steps_of(plan) == "wait until the tasks of shop_web run\n");
    CHECK(plan.unchanged == std::vector<std::string>{"shop_redis"});
    CHECK(plan_of(shop, observed, {}, {.no_start = true}).empty());
}

TEST_CASE("swarm reconcile: where nodes are too few, those that are down are named") {
    auto project = swarm_project({swarm_service("web")});
    project.services[0].ports = {{.host_port = "80", .container_port = 80}};
    auto observed = three_nodes();
    observed.cluster.erase(observed.cluster.begin() + 1);
    observed.nodes[1].state = "down";
    const auto error = orch::test::error_of([&] {
        return plan_of(project, observed, {.scale = {{"web", 3}}});
    });
    CHECK(error.message().find("2 of them can be placed, on a, c") != std::string::npos);
    CHECK(error.details().back() == "b: is down");
}

TEST_CASE("swarm reconcile: orphans are named, and go if that is wanted") {
    auto observed = three_nodes();
    add_network(observed);
    deploy(observed, shop, "redis", {"nb"});
    const auto less = swarm_project({swarm_service("web")});
    CHECK(plan_of(less, observed).warnings[0].find("(shop_redis)") != std::string::npos);
    const auto text = steps_of(plan_of(less, observed, {}, {.remove_orphans = true}));
    CHECK(text.find("remove service shop_redis\n") != std::string::npos);
}

TEST_CASE("swarm arrange: what a service cannot have is an error before anything changes") {
    auto project = shop;
    project.services[1].privileged = true;
    const auto error = orch::test::error_of([&] { return plan_of(project, three_nodes()); });
    CHECK(error.kind() == orch::Kind::unsupported);
    CHECK(error.details()[0].find("web: privileged: ") == 0);
    CHECK(error.hint().find("--mixed") != std::string::npos);
    const auto plan = plan_of(project, three_nodes(), {.warn_only = true});
    CHECK(plan.warnings[0].find("web: privileged: ") == 0);
    CHECK_FALSE(plan.empty());
}

TEST_CASE("swarm arrange: an impossible hint names the nodes") {
    auto project = shop;
    project.services[1].environment["constraint:node"] = "=z";
    const auto error = orch::test::error_of([&] { return plan_of(project, three_nodes()); });
    CHECK(error.message().find("Unable to find a node that satisfies") != std::string::npos);
    CHECK(error.details().size() == 3);
}

TEST_CASE("swarm arrange: tasks that reserve more than there is") {
    auto project = swarm_project({swarm_service("web")});
    project.services[0].mem_limit = std::int64_t{600} << 20;
    auto observed = three_nodes();
    observed.tasks.push_back(
        {.id = "t",
         .service = "foreign",
         .node = "na",
         .slot = 1,
         .state = "running",
         .desired = "running",
         .reserved_memory = std::int64_t{512} << 20}
    );
    CHECK_FALSE(plan_of(project, observed, {.scale = {{"web", 2}}}).empty());
    const auto error = orch::test::error_of([&] {
        return plan_of(project, observed, {.scale = {{"web", 3}}});
    });
    CHECK(
        error.message() == "Service \"web\": no resources available to schedule container: 2 of 3 "
                           "tasks with 600 MiB each fit"
    );
    CHECK(error.details()[0] == "a: 512 MiB of 1 GiB are free");
}

TEST_CASE("swarm arrange: a service of that name that is not ours") {
    auto observed = three_nodes();
    observed.others.push_back({.id = "x", .name = "shop_web"});
    const auto error = orch::test::error_of([&] { return plan_of(shop, observed); });
    CHECK(error.kind() == orch::Kind::conflict);
}

TEST_CASE("swarm arrange: the explanation is a table") {
    auto project = shop;
    project.services[0].environment["constraint:node"] = "=b";
    const auto text = swarm::explanation(swarm::arrange(project, three_nodes(), {}));
    CHECK(
        text == "SERVICE   TASKS   NODES     RULED OUT\n"
                "redis     1       b         constraint:node==b: a, c\n"
                "web       1       a, b, c\n"
    );
}

TEST_CASE("swarm down: dependants first, then network and labels") {
    auto observed = three_nodes();
    add_network(observed);
    deploy(observed, shop, "redis", {"nb"});
    deploy(observed, shop, "web", {"nc"});
    observed.nodes[0].labels["orch.g.shop.db"] = "1";
    observed.nodes[0].labels["orch.m.12345678"] = "1";
    observed.others.push_back({.constraints = {"node.labels.orch.m.12345678==1"}});
    const auto plan = swarm::plan_down(shop, observed, {});
    CHECK(
        steps_of(plan) == "remove service shop_web\n"
                          "remove service shop_redis\n"
                          "remove network shop_default\n"
                          "take a label from node a: orch.g.shop.db=1\n"
    );
    CHECK(plan.steps[1].after == std::vector<std::size_t>{0});
    CHECK(plan.steps[2].after == std::vector<std::size_t>{0, 1});
}
