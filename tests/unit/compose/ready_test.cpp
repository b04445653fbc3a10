#include "compose/ready.hpp"
#include "lib/base/error.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/fake_world.hpp"
#include "tests/unit/compose/scene.hpp"

#include <doctest/doctest.h>

namespace compose = orch::compose;
namespace test = orch::test;
using test::Lines;

namespace {

struct Fixture : test::Scene {
    test::FakeClock clock;

    using Scene::Scene;

    /// An image whose health check is a command that the fake engine knows.
    void check_health(const std::string& name, const char* command) {
        fake.add_image(name, {{"Healthcheck", {{"Test", {"CMD", command}}}}});
        at(name).image = name;
    }

    orch::Error failure(const compose::ReadyOptions& options = {}) {
        return test::error_of([&] { wait(options); });
    }

    void wait(const compose::ReadyOptions& options = {}) {
        compose::await_ready(project, engine, options, clock, job);
    }
};

} // namespace

TEST_CASE("ready: what runs is ready, healthy or without a health check") {
    Fixture scene({test::service("db"), test::service("web", {"db"})});
    scene.check_health("web", "true");
    scene.up();
    const auto said = scene.recorder.lines().size();
    scene.wait();
    CHECK(scene.recorder.lines().size() == said);
}

TEST_CASE("ready: all that ended or are unhealthy are named") {
    Fixture scene({test::service("db"), test::service("web"), test::service("other")});
    scene.check_health("web", "false");
    scene.up();
    scene.fake.exit("p_db_1", 3);
    const auto error = scene.failure();
    CHECK(error.message() == "2 containers are not ready");
    CHECK(
        error.details() == Lines{"container p_db_1 exited (3)", "container p_web_1 is unhealthy"}
    );
    CHECK(scene.failure({.services = {"db"}}).message() == "container p_db_1 exited (3)");
    CHECK(scene.recorder.has("Waiting for p_db_1 failed: container p_db_1 exited (3)"));
}

TEST_CASE("ready: one that is never healthy ends with the time") {
    Fixture scene({test::service("web")});
    scene.check_health("web", "sleep");
    scene.up();
    const auto error = scene.failure({.timeout = std::chrono::seconds(5)});
    CHECK(error.kind() == orch::Kind::timeout);
    CHECK(error.message() == "not ready after 5 s: p_web_1");
    CHECK(scene.recorder.has("Waiting for p_web_1 working"));
}

TEST_CASE("ready: one that others take volumes from may have ended well") {
    auto web = test::service("web");
    web.volumes_from.push_back({"data", "rw", true});
    Fixture scene({test::service("data"), web});
    scene.up();
    scene.fake.exit("p_data_1", 0);
    scene.wait();
    scene.fake.exit("p_web_1", 0);
    CHECK(scene.failure().message() == "container p_web_1 exited (0)");
}

TEST_CASE("ready: dependencies count where that is wished") {
    Fixture scene({test::service("db"), test::service("web", {"db"})});
    scene.up();
    scene.fake.exit("p_db_1", 1);
    scene.wait({.services = {"web"}});
    CHECK(
        scene.failure({.services = {"web"}, .with_dependencies = true}).message() ==
        "container p_db_1 exited (1)"
    );
}
