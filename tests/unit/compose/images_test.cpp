#include "compose/build.hpp"
#include "compose/images.hpp"
#include "compose/pull.hpp"
#include "compose/push.hpp"
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
    CHECK(scene.recorder.has("app Building note"));
    CHECK(scene.recorder.has("Building app working: Step 1/2 : FROM img"));
}

TEST_CASE("build: several at a time have a line each, and one that fails does not stop the rest") {
    BuiltScene scene("FROM img\n");
    const test::TempDir bad;
    bad.write("Dockerfile", "FROM img\nRUN exit 3\n");
    scene.at("db").image.clear();
    scene.at("db").build = compose::Build{.context = bad.path().string()};
    CHECK_THROWS_AS(
        compose::build(scene.project, scene.engine, {.parallel = true}, scene.job), orch::Error
    );
    CHECK(scene.recorder.has("Building app done"));
    CHECK(scene.fake.builds().size() == 2);
}

TEST_CASE("build: one after the other, the first failure ends it") {
    BuiltScene scene("FROM img\nRUN exit 3\n");
    scene.at("db").image.clear();
    scene.at("db").build = scene.at("app").build;
    CHECK_THROWS_AS(compose::build(scene.project, scene.engine, {}, scene.job), orch::Error);
    CHECK(scene.fake.builds().size() == 1);
}

TEST_CASE("build: what the command line and docker's configuration say reaches the engine") {
    BuiltScene scene("FROM img\n");
    std::string output;
    compose::BuildSettings settings{
        .no_cache = true,
        .pull = true,
        .force_rm = true,
        .keep = true,
        .compress = true,
        .memory = 1024,
        .args = {{"HTTP_PROXY", "mine"}},
        .proxies = {{"HTTP_PROXY", "theirs"}, {"http_proxy", "theirs"}}};
    settings.registries = [] { return "all of them"; };
    settings.output = [&](std::string_view line) { output += line; };
    // A compressed context says nothing to the fake engine.
    CHECK_THROWS(compose::build(scene.project, scene.engine, {.settings = settings}, scene.job));
    settings.compress = false;
    compose::build(scene.project, scene.engine, {.settings = settings}, scene.job);
    REQUIRE(scene.fake.builds().size() == 1);
    auto query = scene.fake.builds()[0].query;
    for (const auto* key : {"nocache", "pull", "forcerm"})
        CHECK(query[key] == "1");
    CHECK(query["rm"] == "0");
    CHECK(query["memory"] == "1024");
    CHECK(query["buildargs"] == R"({"HTTP_PROXY":"mine","http_proxy":"theirs"})");
    CHECK(scene.fake.journal().back().headers.at("X-Registry-Config") == "all of them");
    CHECK(output.starts_with("Step 1/1 : FROM img\n ---> "));
    CHECK(output.find("Successfully tagged p_app:latest\n") != std::string::npos);
    for (const auto& line : scene.recorder.lines())
        CHECK(line.find("Step") == std::string::npos);
}

TEST_CASE("up: containers get the proxies that their service does not set") {
    test::Scene scene({test::service("web")});
    scene.at("web").environment["NO_PROXY"] = "mine";
    compose::UpOptions options;
    options.how.build.proxies = {{"NO_PROXY", "theirs"}, {"no_proxy", "theirs"}};
    scene.up(options);
    CHECK(
        scene.fake.container("p_web_1")->posted.at("Env") ==
        nlohmann::json{"NO_PROXY=mine", "no_proxy=theirs"}
    );
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
    CHECK(scene.recorder.has(
        "Image for service app was built because it did not already exist. To rebuild this image "
        "you must use `orch compose build` or `orch compose up --build`. p warning"
    ));
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
    CHECK(scene.recorder.has("Pulling db done"));
    CHECK(scene.recorder.has("Pulling web done")); // of the same image
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
    CHECK(scene.recorder.has("web: manifest unknown p warning"));
}

TEST_CASE("pull: one after the other it says what it does, and ends with the first failure") {
    test::Scene scene({test::service("a"), test::service("b")});
    scene.at("a").image = "host:5000/x";
    scene.fake.offer_image("img");
    std::string output;
    compose::PullOptions options{.in_turn = true};
    options.output = [&](std::string_view line) { output += line; };
    CHECK_THROWS_AS(compose::pull(scene.project, scene.engine, options, scene.job), orch::Error);
    CHECK(scene.recorder.lines() == Lines{"a (host:5000/x:latest)... Pulling note"});
    options.ignore_failures = true;
    compose::pull(scene.project, scene.engine, options, scene.job);
    CHECK(scene.recorder.has("b (img:latest)... Pulling note"));
    CHECK(output.find("latest: Pulling from library/img\n") != std::string::npos);
    CHECK(output.find("Status: Image is up to date") == std::string::npos);
    CHECK(output.find("Downloading") == std::string::npos);
}

TEST_CASE("pull: what is there already may be left alone") {
    test::Scene scene({test::service("a"), test::service("b")});
    scene.at("b").image = "other";
    scene.fake.offer_image("other");
    compose::pull(scene.project, scene.engine, {.only_missing = true}, scene.job);
    CHECK(scene.recorder.has("has its image, skipping a note"));
    CHECK(scene.recorder.has("Pulling b done"));
    CHECK(scene.changes() == Lines{"POST /images/create"});
}

TEST_CASE("pull: the error says what to do next") {
    test::Scene scene({test::service("web")});
    scene.fake.break_pull("img", "toomanyrequests: You have reached your pull rate limit.");
    try {
        compose::pull(scene.project, scene.engine, {}, scene.job);
        FAIL("it went well");
    } catch (const orch::Error& error) {
        CHECK(error.hint().find("docker login") != std::string::npos);
    }
}

TEST_CASE("push: what is built here, under names that begin with the registry") {
    BuiltScene scene("FROM img\n");
    compose::build(scene.project, scene.engine, {}, scene.job);
    const auto auth = [](const std::string& reference) { return "secret for " + reference; };
    compose::push(
        scene.project, scene.engine, {.registry = "host:5000/team/", .auth = auth}, scene.job
    );
    CHECK(scene.fake.pushes() == Lines{"host:5000/team/p_app:latest"});
    CHECK(scene.recorder.has("uses an image that is not built here, skipping db note"));
    CHECK(scene.recorder.has("Pushing host:5000/team/p_app:latest done"));
    CHECK(
        scene.fake.journal().back().headers.at("X-Registry-Auth") ==
        "secret for host:5000/team/p_app:latest"
    );
}

TEST_CASE("push: without a registry or an image it is an error that says what to do") {
    BuiltScene scene("FROM img\n");
    const auto hint = [&](const compose::PushOptions& options) {
        try {
            compose::push(scene.project, scene.engine, options, scene.job);
        } catch (const orch::Error& error) {
            return error.hint();
        }
        return std::string("it went well");
    };
    CHECK(hint({}).find("--registry") != std::string::npos);
    CHECK(hint({.registry = "host:5000"}) == "build it first: orch compose build");
    CHECK(scene.fake.pushes().empty());
}

TEST_CASE("push: failures may be ignored, but not silently") {
    BuiltScene scene("FROM img\n");
    compose::build(scene.project, scene.engine, {}, scene.job);
    scene.fake.break_push("host:5000/p_app", "denied: nobody may");
    CHECK_THROWS_AS(
        compose::push(scene.project, scene.engine, {.registry = "host:5000"}, scene.job),
        orch::Error
    );
    compose::push(
        scene.project, scene.engine, {.registry = "host:5000", .ignore_failures = true}, scene.job
    );
    CHECK(scene.recorder.has("host:5000/p_app:latest: denied: nobody may p warning"));
}
