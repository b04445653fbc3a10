#include "compose/up.hpp"
#include "lib/base/error.hpp"
#include "tests/unit/compose/scene.hpp"

#include <doctest/doctest.h>

namespace compose = orch::compose;
namespace test = orch::test;
using Json = nlohmann::json;
using test::Lines;

TEST_CASE("up: a second time changes nothing") {
    test::Scene scene({test::service("db"), test::service("web", {"db"})});
    scene.up();
    scene.changes();
    const auto result = scene.up();
    CHECK_FALSE(result.changed);
    CHECK(result.unchanged == Lines{"p_db_1", "p_web_1"});
    CHECK(scene.changes().empty());
}

TEST_CASE("up: asks the engine little when there is nothing to do") {
    test::Scene scene({test::service("db"), test::service("web", {"db"})});
    scene.up();
    const auto before = scene.fake.journal().size();
    scene.up();
    // the version at most, the list, the one image
    CHECK(scene.fake.journal().size() - before <= 3);
}

TEST_CASE("up: with dry_run it only says what it would do") {
    test::Scene scene({test::service("db")});
    const auto result = scene.up({.dry_run = true});
    CHECK(result.changed);
    CHECK(result.plan == "  1. create p_db_1: no container yet\n  2. start p_db_1 after 1\n");
    CHECK(scene.changes().empty());
    CHECK(scene.recorder.lines().empty());
}

TEST_CASE("up: an anonymous volume goes along to the next container") {
    test::Scene scene({test::service("db")});
    scene.up();
    const auto volumes = scene.fake.volumes();
    REQUIRE(volumes.size() == 1);
    for (const char* mode : {"one", "two"}) {
        scene.at("db").environment["MODE"] = mode;
        scene.up();
        CHECK(scene.fake.volumes() == volumes);
        const auto posted = scene.fake.container("p_db_1")->posted;
        CHECK(posted["HostConfig"]["Binds"] == Json({volumes[0] + ":/data:rw"}));
        CHECK(posted["Labels"]["orch.carried-volumes"] == volumes[0]);
    }
}

TEST_CASE("up: a missing image is pulled, one with a build is built") {
    test::Scene scene({test::service("db")});
    scene.at("db").image = "redis:7";
    scene.fake.offer_image("redis:7");
    scene.up();
    CHECK(scene.states() == Lines{"p_db_1 running"});
    CHECK(scene.recorder.has("Pulling redis:7 working"));
    CHECK(scene.recorder.has("Pulling redis:7 done"));
}

TEST_CASE("up: an image that cannot be pulled keeps its service from starting, and only that") {
    test::Scene scene({test::service("db"), test::service("web")});
    scene.at("db").image = "redis:7";
    scene.fake.break_pull("redis:7", "manifest unknown");
    CHECK_THROWS_WITH_AS(scene.up(), doctest::Contains("manifest unknown"), orch::Error);
    CHECK(scene.states() == Lines{"p_web_1 running"});
}

TEST_CASE("up: what may be neither pulled nor built is an error before anything is changed") {
    test::Scene scene({test::service("web"), test::service("db")});
    scene.at("db").image = "redis:7";
    CHECK_THROWS_AS(scene.up({.pull = compose::PullPolicy::never}), orch::Error);
    scene.at("db").image.clear();
    scene.at("db").build = compose::Build{.context = "/nowhere"};
    CHECK_THROWS_WITH_AS(
        scene.up({.what = {.no_build = true}}),
        "Service 'db' needs to be built, but --no-build was passed",
        orch::Error
    );
    CHECK(scene.changes().empty());
}

TEST_CASE("up: pulling always recreates only what has another image") {
    test::Scene scene({test::service("db"), test::service("web")});
    scene.at("db").image = "redis:7";
    scene.fake.offer_image("redis:7");
    scene.up();
    scene.fake.offer_image("img"); // as it is offered now, it is not the one that is there
    const auto db = scene.fake.container("p_db_1")->id;
    const auto web = scene.fake.container("p_web_1")->id;
    scene.up({.pull = compose::PullPolicy::always});
    CHECK(scene.fake.container("p_db_1")->id == db);
    CHECK(scene.fake.container("p_web_1")->id != web);
}

TEST_CASE("up: dependants are tied to the containers that they were made with") {
    test::Scene scene({test::service("db"), test::service("web", {"db"})});
    scene.up();
    const auto db = scene.fake.container("p_db_1")->id;
    CHECK(scene.fake.container("p_web_1")->posted["Labels"]["orch.depends-on"] == db);
    // Another tool replaces db with an equal container: the link of web leads nowhere.
    scene.engine.remove_container(db, false, true);
    scene.up();
    const auto now = scene.fake.container("p_db_1")->id;
    CHECK(now != db);
    CHECK(scene.fake.container("p_web_1")->posted["Labels"]["orch.depends-on"] == now);
}

TEST_CASE("up: engines without link variables get those that can be computed") {
    test::Scene scene({test::service("db"), test::service("web", {"db"})});
    scene.at("db").expose = {{"", "", 6379, "tcp"}};
    scene.fake.speak("1.52", "1.44");
    scene.up();
    const auto sent = scene.fake.container("p_web_1")->posted["Env"].get<Lines>();
    const auto address = scene.engine.inspect_container("p_db_1")->addresses.at("bridge");
    const auto has = [&](const std::string& line) {
        return std::find(sent.begin(), sent.end(), line) != sent.end();
    };
    CHECK(has("DB_NAME=/p_web_1/db"));
    CHECK(has("DB_PORT_6379_TCP_ADDR=" + address));
    CHECK(has("P_DB_1_PORT=tcp://" + address + ":6379"));
}

TEST_CASE("up: link variables that name an old address are made anew, with all that depends on it"
) {
    test::Scene scene(
        {test::service("db"),
         test::service("web", {"db"}),
         test::service("front", {"web"}),
         test::service("other")}
    );
    scene.fake.speak("1.52", "1.44");
    // Goes later, which moves the addresses of all that are started afterwards.
    const auto first = scene.engine.create_container("first", {{"Image", "img"}}).id;
    scene.up();
    const auto address_of = [&](const std::string& name) {
        return scene.engine.inspect_container(name)->addresses.at("bridge");
    };
    const auto id_of = [&](const std::string& name) {
        return scene.engine.inspect_container(name)->id;
    };
    CHECK(
        scene.fake.container("p_web_1")->posted["Labels"]["orch.link-addresses"] ==
        "p_db_1=" + address_of("p_db_1")
    );
    CHECK_FALSE(scene.fake.container("p_db_1")->posted["Labels"].contains("orch.link-addresses"));
    const auto then = address_of("p_db_1");
    const auto web = id_of("p_web_1");
    const auto front = id_of("p_front_1");
    const auto db = id_of("p_db_1");
    const auto other = id_of("p_other_1");

    SUBCASE("after a restart that orch was not asked for") {
        scene.engine.remove_container(first, false, true);
        for (const char* name : {"p_db_1", "p_web_1"})
            scene.engine.restart_container(id_of(name), std::chrono::seconds(1));
        REQUIRE(address_of("p_db_1") != then);
        scene.up();
    }
    SUBCASE("when up itself starts them") {
        for (const char* name : {"p_front_1", "p_web_1", "p_db_1"})
            scene.engine.stop_container(id_of(name), std::chrono::seconds(1));
        SUBCASE("with other addresses") {
            scene.engine.remove_container(first, false, true);
            scene.up();
            REQUIRE(address_of("p_db_1") != then);
        }
        SUBCASE("unless they have the same") {
            scene.up();
            CHECK(id_of("p_web_1") == web);
            return;
        }
        SUBCASE("unless nothing may be recreated") {
            scene.engine.remove_container(first, false, true);
            scene.up({.what = {.recreate = compose::Recreate::never}});
            CHECK(id_of("p_web_1") == web);
            return;
        }
    }
    CHECK(id_of("p_db_1") == db);
    CHECK(id_of("p_other_1") == other);
    CHECK(id_of("p_web_1") != web);
    CHECK(id_of("p_front_1") != front);
    const auto sent = scene.fake.container("p_web_1")->posted;
    CHECK(sent["Labels"]["orch.link-addresses"] == "p_db_1=" + address_of("p_db_1"));
    scene.changes();
    scene.up();
    CHECK(scene.changes().empty());
}

TEST_CASE("up: engines that set link variables themselves are left to it") {
    test::Scene scene({test::service("db"), test::service("web", {"db"})});
    scene.up();
    CHECK(scene.fake.container("p_web_1")->posted["Env"].empty());
}

TEST_CASE("up: keeps the scale that it finds") {
    test::Scene scene({test::service("web")});
    scene.up({.what = {.scale = {{"web", 3}}}});
    scene.at("web").environment["MODE"] = "new";
    scene.up();
    CHECK(scene.states() == Lines{"p_web_1 running", "p_web_2 running", "p_web_3 running"});
    scene.up({.what = {.scale = {{"web", 1}}}});
    CHECK(scene.states() == Lines{"p_web_1 running"});
}
