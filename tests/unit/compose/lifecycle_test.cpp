// stop, start, restart, kill, rm and down: what each does to which containers, and in what order.
#include "compose/down.hpp"
#include "compose/kill.hpp"
#include "compose/restart.hpp"
#include "compose/rm.hpp"
#include "compose/start.hpp"
#include "compose/stop.hpp"
#include "lib/base/error.hpp"
#include "tests/unit/compose/scene.hpp"

#include <doctest/doctest.h>

namespace compose = orch::compose;
namespace test = orch::test;
using test::Lines;

namespace {

struct Pair : test::Scene {
    Pair() : Scene({test::service("db"), test::service("web", {"db"})}) {
        up();
        changes();
    }

    void stop_all() {
        compose::stop(project, engine, {}, job);
        changes();
    }
};

} // namespace

TEST_CASE("stop: dependants stop before what they depend on") {
    Pair scene;
    const auto outcome = compose::stop(scene.project, scene.engine, {}, scene.job);
    CHECK(
        scene.changes() == Lines{"POST /containers/p_web_1/stop", "POST /containers/p_db_1/stop"}
    );
    CHECK(outcome.changed == Lines{"p_db_1", "p_web_1"});
    CHECK(scene.states() == Lines{"p_db_1 exited", "p_web_1 exited"});
    CHECK(compose::stop(scene.project, scene.engine, {}, scene.job).changed.empty());
}

TEST_CASE("stop: the order goes on through a service that has nothing to stop") {
    test::Scene scene(
        {test::service("db"), test::service("app", {"db"}), test::service("web", {"app"})}
    );
    scene.up();
    compose::stop(scene.project, scene.engine, {.services = {"app"}}, scene.job);
    scene.changes();
    compose::stop(scene.project, scene.engine, {}, scene.job);
    CHECK(
        scene.changes() == Lines{"POST /containers/p_web_1/stop", "POST /containers/p_db_1/stop"}
    );
}

TEST_CASE("start: dependencies start first, and nothing is created") {
    Pair scene;
    scene.stop_all();
    const auto outcome = compose::start(scene.project, scene.engine, {}, scene.job);
    CHECK(
        scene.changes() == Lines{"POST /containers/p_db_1/start", "POST /containers/p_web_1/start"}
    );
    CHECK(outcome.changed.size() == 2);
    test::Scene empty({test::service("db")});
    CHECK(compose::start(empty.project, empty.engine, {}, empty.job).found.empty());
    CHECK(empty.changes().empty());
}

TEST_CASE("restart: acts on stopped containers, too") {
    Pair scene;
    compose::stop(scene.project, scene.engine, {.services = {"web"}}, scene.job);
    compose::restart(scene.project, scene.engine, {}, scene.job);
    CHECK(scene.states() == Lines{"p_db_1 running", "p_web_1 running"});
}

TEST_CASE("kill: sends the signal to those that run") {
    Pair scene;
    const auto outcome = compose::kill(
        scene.project, scene.engine, {.services = {"web"}, .signal = "SIGTERM"}, scene.job
    );
    CHECK(outcome.changed == Lines{"p_web_1"});
    CHECK(scene.changes() == Lines{"POST /containers/p_web_1/kill"});
    CHECK(scene.fake.journal().back().query.at("signal") == "SIGTERM");
}

TEST_CASE("commands: an unknown service is an error before anything is changed") {
    Pair scene;
    CHECK_THROWS_WITH_AS(
        compose::stop(scene.project, scene.engine, {.services = {"x"}}, scene.job),
        doctest::Contains("No such service: x"),
        orch::Error
    );
    CHECK(scene.changes().empty());
}

TEST_CASE("rm: removes what does not run, after asking") {
    Pair scene;
    compose::stop(scene.project, scene.engine, {.services = {"web"}}, scene.job);
    Lines asked;
    compose::RmOptions options{.confirm = [&](const Lines& names) {
        asked = names;
        return false;
    }};
    CHECK(compose::rm(scene.project, scene.engine, options, scene.job).changed.empty());
    CHECK(asked == Lines{"p_web_1"});
    CHECK(scene.states() == Lines{"p_db_1 running", "p_web_1 exited"});
    compose::rm(scene.project, scene.engine, {}, scene.job);
    CHECK(scene.states() == Lines{"p_db_1 running"});
    compose::rm(scene.project, scene.engine, {.stop = true}, scene.job);
    CHECK(scene.states().empty());
}

TEST_CASE("rm: with volumes, carried ones go as well") {
    test::Scene scene({test::service("db")});
    scene.up();
    scene.at("db").environment["MODE"] = "new";
    scene.up();
    REQUIRE(scene.fake.volumes().size() == 1);
    compose::rm(scene.project, scene.engine, {.volumes = true, .stop = true}, scene.job);
    CHECK(scene.fake.volumes().empty());
}

TEST_CASE("down: with volumes, a carried one goes after the last container that uses it") {
    auto web = test::service("web");
    web.volumes_from = {{"data", "rw", true}};
    test::Scene scene({test::service("data"), web, test::service("front", {"web"})});
    scene.up();
    scene.at("data").environment["MODE"] = "new";
    scene.up();
    scene.fake.exit("p_data_1", 0); // as data containers do: it is removed first
    compose::down(scene.project, scene.engine, {.volumes = true, .parallel = 1}, scene.job);
    CHECK(scene.states().empty());
    CHECK(scene.fake.volumes().empty());
}

TEST_CASE("rm: a carried volume that another container uses stays") {
    auto web = test::service("web");
    web.volumes_from = {{"db", "rw", true}};
    test::Scene scene({test::service("db"), web});
    scene.up();
    scene.at("db").environment["MODE"] = "new";
    scene.up();
    compose::rm(
        scene.project, scene.engine, {.services = {"db"}, .volumes = true, .stop = true}, scene.job
    );
    CHECK(scene.fake.volumes().size() == 1);
    CHECK(scene.states() == Lines{"p_web_1 running"});
}

TEST_CASE("down: stops and removes everything, networks of the project after the containers") {
    Pair scene;
    scene.engine.create_network(
        {{"Name", "p_default"}, {"Labels", {{"com.docker.compose.project", "p"}}}}
    );
    scene.engine.create_network({{"Name", "foreign"}});
    scene.changes();
    const auto result = compose::down(scene.project, scene.engine, {}, scene.job);
    CHECK(result.containers.changed == Lines{"p_db_1", "p_web_1"});
    CHECK(scene.states().empty());
    CHECK(scene.fake.networks() == Lines{"foreign"});
    const auto changes = scene.changes();
    REQUIRE(changes.size() == 5);
    CHECK(changes.front() == "POST /containers/p_web_1/stop");
    CHECK(changes.back().starts_with("DELETE /networks/"));
    compose::down(scene.project, scene.engine, {}, scene.job);
    CHECK(scene.changes().empty());
}

TEST_CASE("down: orphans stay unless they are asked for") {
    Pair scene;
    scene.project.services.pop_back();
    compose::down(scene.project, scene.engine, {}, scene.job);
    CHECK(scene.states() == Lines{"p_web_1 running"});
    compose::down(scene.project, scene.engine, {.remove_orphans = true}, scene.job);
    CHECK(scene.states().empty());
}

TEST_CASE("down: with dry_run it only says what it would do") {
    Pair scene;
    const auto result = compose::down(scene.project, scene.engine, {.dry_run = true}, scene.job);
    CHECK(
        result.plan == "  1. stop p_web_1\n"
                       "  2. remove p_web_1 after 1\n"
                       "  3. stop p_db_1 after 1\n"
                       "  4. remove p_db_1 after 3\n"
    );
    CHECK(scene.changes().empty());
}

TEST_CASE("down: images are removed on request") {
    Pair scene;
    compose::down(scene.project, scene.engine, {.images = compose::RemoveImages::local}, scene.job);
    CHECK(scene.fake.images() == Lines{"img:latest"});
    compose::down(scene.project, scene.engine, {.images = compose::RemoveImages::all}, scene.job);
    CHECK(scene.fake.images().empty());
}
