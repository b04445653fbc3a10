#include "compose/build.hpp"
#include "compose/images.hpp"
#include "compose/pull.hpp"
#include "lib/base/error.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/compose/scene.hpp"

#include <doctest/doctest.h>

namespace compose = orch::compose;
namespace test = orch::test;
using test::Lines;

namespace {

/// A service that is built from a folder with this Dockerfile.
struct BuiltScene : test::Scene {
    explicit BuiltScene(const char* dockerfile)
        : Scene({test::service("app"), test::service("db")}) {
        dir.write("Dockerfile", dockerfile);
        at("app").image.clear();
        at("app").build = compose::Build{.context = dir.path().string()};
    }

    test::TempDir dir;
};

} // namespace

TEST_CASE("images: a row names the image as the file does") {
    test::Scene scene({test::service("web"), test::service("db")});
    scene.at("db").image = "host:5000/redis:7";
    scene.fake.add_image("host:5000/redis:7");
    scene.up();
    const auto rows = compose::images(scene.project, scene.engine, {}, scene.job);
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].container == "p_db_1");
    CHECK(rows[0].repository == "host:5000/redis");
    CHECK(rows[0].tag == "7");
    CHECK(rows[1].repository == "img");
    CHECK(rows[1].tag == "latest");
    CHECK(rows[1].id == scene.fake.container("p_web_1")->image_id);
}

TEST_CASE("build: builds what has a build, and says so of what has none") {
    BuiltScene scene("FROM img\nRUN true\n");
    compose::build(scene.project, scene.engine, {}, scene.job);
    REQUIRE(scene.fake.builds().size() == 1);
    CHECK(scene.fake.builds()[0].query.at("t") == "p_app");
    CHECK(scene.recorder.has("uses an image, skipping db note"));
    CHECK(scene.recorder.has("Building app done"));
    CHECK(scene.recorder.has("Building app working: Step 1/2 : FROM img"));
}

TEST_CASE("build: a failure names the service") {
    BuiltScene scene("FROM img\nRUN false\n");
    CHECK_THROWS_WITH_AS(
        compose::build(scene.project, scene.engine, {}, scene.job),
        doctest::Contains("Service 'app' failed to build: "),
        orch::Error
    );
}

TEST_CASE("build: a folder without a Dockerfile is an error") {
    BuiltScene scene("FROM img\n");
    scene.at("app").build->dockerfile = "other";
    CHECK_THROWS_AS(compose::build(scene.project, scene.engine, {}, scene.job), orch::Error);
    CHECK(scene.fake.builds().empty());
}

TEST_CASE("up: an image that is missing is built, one that is there only on request") {
    BuiltScene scene("FROM img\n");
    scene.up();
    CHECK(scene.states() == Lines{"p_app_1 running", "p_db_1 running"});
    scene.up();
    CHECK(scene.fake.builds().size() == 1);
    const auto before = scene.fake.container("p_app_1")->id;
    scene.dir.write("Dockerfile", "FROM img\nENV A=1\n");
    scene.up({.build = true});
    CHECK(scene.fake.builds().size() == 2);
    CHECK(scene.fake.container("p_app_1")->id != before);
}

TEST_CASE("pull: fetches every image once, but none that is built here") {
    BuiltScene scene("FROM img\n");
    scene.project.services.push_back(test::service("web"));
    scene.fake.offer_image("img");
    compose::pull(scene.project, scene.engine, {}, scene.job);
    CHECK(scene.changes() == Lines{"POST /images/create"});
    CHECK(scene.recorder.has("Pulling img done"));
}

TEST_CASE("pull: the registry's credentials are asked for by the image's name") {
    test::Scene scene({test::service("web")});
    scene.fake.offer_image("img");
    const auto auth = [](const std::string& reference) { return "secret for " + reference; };
    compose::pull(scene.project, scene.engine, {.auth = auth}, scene.job);
    CHECK(scene.fake.journal().back().headers.at("X-Registry-Auth") == "secret for img");
}

TEST_CASE("pull: failures may be ignored, but not silently") {
    test::Scene scene({test::service("web")});
    scene.fake.break_pull("img", "manifest unknown");
    CHECK_THROWS_AS(compose::pull(scene.project, scene.engine, {}, scene.job), orch::Error);
    scene.fake.break_pull("img", "manifest unknown");
    compose::pull(scene.project, scene.engine, {.ignore_failures = true}, scene.job);
    CHECK(scene.recorder.has("img: manifest unknown p warning"));
}
