#include "compose/swarm/down.hpp"
#include "compose/swarm/power.hpp"
#include "compose/swarm/up.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/fake_manager.hpp"
#include "tests/support/fake_world.hpp"
#include "tests/unit/compose/swarm/swarm_case.hpp"

#include <doctest/doctest.h>

namespace compose = orch::compose;
namespace swarm = orch::compose::swarm;

using orch::test::swarm_project;
using orch::test::swarm_service;
using Lines = std::vector<std::string>;

namespace {

struct Scene {
    orch::test::FakeManager manager;
    orch::test::FakeWorld world;
    orch::engine::Engine engine{manager, {.socket = "/s"}, {}};
    /// All nodes have the images of the manager.
    swarm::NodeEngine nodes = [this](const std::string&) -> orch::engine::Engine& {
        return engine;
    };
    compose::Project project =
        swarm_project({swarm_service("redis"), swarm_service("web", {"redis"})});

    Scene() { manager.add_image("busybox", "sha256:1"); }

    compose::UpResult up(compose::ReconcileOptions what = {}, bool dry_run = false) {
        swarm::UpOptions options;
        options.common.what = std::move(what);
        options.common.dry_run = dry_run;
        options.common.how = how();
        options.node_engine = nodes;
        manager.forget_changes();
        return swarm::up(project, engine, options, world.job);
    }

    compose::ExecuteOptions how() { return {.services = {.clock = &world.clock}}; }

    compose::Outcome act(swarm::MakePlan plan) {
        manager.forget_changes();
        return swarm::act(project, engine, {}, plan, how(), world.job);
    }

    void down() {
        manager.forget_changes();
        swarm::down(project, engine, {}, nodes, world.job);
    }
};

} // namespace

TEST_CASE("swarm up: services come, a second time nothing happens") {
    Scene scene;
    CHECK(scene.up().changed);
    CHECK(scene.manager.networks() == Lines{"shop_default"});
    CHECK(scene.manager.tasks() == Lines{"shop_redis.1 na running", "shop_web.1 na running"});
    CHECK(scene.manager.spec("shop_web")["TaskTemplate"]["ContainerSpec"]["Image"] == "sha256:1");
    const auto again = scene.up();
    CHECK_FALSE(again.changed);
    CHECK(again.unchanged == Lines{"shop_redis", "shop_web"});
    CHECK(scene.manager.changes().empty());
}

TEST_CASE("swarm up: a dry run changes nothing") {
    Scene scene;
    const auto result = scene.up({}, true);
    CHECK(result.plan.find("create service shop_web") != std::string::npos);
    CHECK(scene.manager.changes().empty());
}

TEST_CASE("swarm up: what cannot be is an error before anything changes") {
    Scene scene;
    scene.project.services[0].environment["constraint:node"] = "=z";
    CHECK(orch::test::error_of([&] { scene.up(); }).kind() == orch::Kind::invalid);
    CHECK(scene.manager.changes().empty());
}

TEST_CASE("swarm up: only what changed is updated; by force all are") {
    Scene scene;
    scene.up();
    scene.project.services[1].command = {"httpd"};
    scene.up();
    CHECK(scene.manager.changes() == Lines{"POST /services/shop_web/update"});
    scene.up({.recreate = compose::Recreate::always});
    CHECK(scene.manager.spec("shop_redis")["TaskTemplate"]["ForceUpdate"] == 1);
    CHECK(scene.manager.spec("shop_web")["TaskTemplate"]["ForceUpdate"] == 1);
    CHECK_FALSE(scene.up().changed);
}

TEST_CASE("swarm up: tasks that fail are an error with the engine's words") {
    Scene scene;
    scene.manager.let_fail("sha256:1", 3);
    const auto error = orch::test::error_of([&] { scene.up(); });
    CHECK(error.message().find("task: non-zero exit (3)") != std::string::npos);
    CHECK(scene.manager.spec("shop_web").is_null()); // what depends on it does not come
}

TEST_CASE("swarm up: a service with volumes stays on its node from then on") {
    Scene scene;
    scene.project.services[0].volumes = {{.source = "data", .target = "/data", .mode = "rw"}};
    scene.up();
    const auto spec = scene.manager.spec("shop_redis");
    CHECK(spec["TaskTemplate"]["Placement"]["Constraints"] == nlohmann::json{"node.id==na"});
    CHECK(spec["Labels"][swarm::labels::volume_node] == "na");
    CHECK_FALSE(scene.up().changed);
}

TEST_CASE("swarm power: stop takes tasks away, start and up bring as many back") {
    Scene scene;
    scene.up({.scale = {{"web", 2}}});
    CHECK(scene.act(swarm::plan_stop).changed == Lines{"shop_web", "shop_redis"});
    CHECK(scene.manager.tasks().empty());
    CHECK(scene.act(swarm::plan_stop).changed.empty());
    CHECK(scene.act(swarm::plan_start).changed == Lines{"shop_redis", "shop_web"});
    CHECK(scene.manager.tasks().size() == 3);
    CHECK_FALSE(scene.manager.spec("shop_web")["Labels"].contains(swarm::labels::stopped));
    scene.act(swarm::plan_stop);
    CHECK(scene.up().changed);
    CHECK(scene.manager.tasks().size() == 3);
}

TEST_CASE("swarm power: stop is over when no task runs, however late that is decided") {
    Scene scene;
    scene.up();
    scene.manager.decide_late(3);
    scene.act(swarm::plan_stop);
    CHECK(scene.manager.tasks().empty());
}

TEST_CASE("swarm power: restart makes new tasks, rm removes what is stopped") {
    Scene scene;
    scene.up();
    scene.act(swarm::plan_restart);
    CHECK(scene.manager.spec("shop_web")["TaskTemplate"]["ForceUpdate"] == 1);
    CHECK(scene.manager.tasks().size() == 2);
    CHECK(swarm::rm(scene.project, scene.engine, {}, scene.world.job).found.empty());
    scene.act(swarm::plan_stop);
    const auto removed = swarm::rm(scene.project, scene.engine, {}, scene.world.job);
    CHECK(removed.changed == Lines{"shop_web", "shop_redis"});
    CHECK(scene.manager.spec("shop_web").is_null());
}

TEST_CASE("swarm down: services, network and labels go, and nothing there is fine") {
    Scene scene;
    scene.project.services[1].environment["affinity:container"] = "=shop_redis_1";
    scene.up();
    CHECK(scene.manager.node_labels("na").contains("orch.g.shop.redis"));
    CHECK_FALSE(scene.up().changed);
    scene.down();
    CHECK(scene.manager.spec("shop_web").is_null());
    CHECK(scene.manager.networks().empty());
    CHECK(scene.manager.node_labels("na").empty());
    scene.down();
    CHECK(scene.manager.changes().empty());
}

TEST_CASE("swarm down: it is over when the network is") {
    Scene scene;
    scene.up();
    scene.manager.let_networks_linger(3);
    scene.down();
    CHECK(scene.manager.networks().empty());
}

TEST_CASE("swarm down: a network that is on its way already is none to complain of") {
    Scene scene;
    scene.up();
    scene.manager.let_networks_linger(3);
    scene.engine.remove_network(scene.engine.list_networks({}).front().id);
    scene.down();
    CHECK(scene.manager.networks().empty());
}
