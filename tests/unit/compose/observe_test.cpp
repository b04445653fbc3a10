#include "compose/hash.hpp"
#include "compose/observe.hpp"
#include "tests/unit/compose/scene.hpp"

#include <doctest/doctest.h>

namespace compose = orch::compose;
namespace test = orch::test;
using test::Lines;

TEST_CASE("observe: a container is told by its labels") {
    test::Scene scene({test::service("db"), test::service("web", {"db"})});
    scene.up();
    const auto observed = compose::observe(scene.engine, scene.project, {});
    REQUIRE(observed.containers.size() == 2);
    const auto& web = observed.containers[1];
    CHECK(web.name == "p_web_1");
    CHECK(web.service == "web");
    CHECK(web.number == 1);
    CHECK_FALSE(web.oneoff);
    CHECK(web.state == "running");
    CHECK(web.config_hash == compose::config_hash(scene.at("web")));
    CHECK(web.image_id == observed.images.at("img").id);
    CHECK(web.depends_on == Lines{observed.containers[0].id});
    REQUIRE(web.mounts.size() == 1);
    CHECK(web.mounts[0].type == "volume");
    CHECK(web.mounts[0].destination == "/data");
}

TEST_CASE("observe: the image of an older container is known by its id") {
    test::Scene scene({test::service("db")});
    scene.up();
    const auto older = compose::observe(scene.engine, scene.project, {}).images.at("img").id;
    scene.fake.add_image("img", {{"Cmd", {"other"}}});
    const auto images = compose::observe(scene.engine, scene.project, {}).images;
    CHECK(images.at("img").id != older);
    CHECK(images.at(older).volumes == Lines{"/data"});
}

TEST_CASE("observe: what is not there is absent, what is outside the project is found") {
    test::Scene scene({test::service("web")});
    scene.at("web").image = "missing";
    scene.at("web").volumes_from = {{"files", "rw", false}, {"nobody", "rw", false}};
    scene.engine.create_container("files", {{"Image", "img"}});
    const auto observed = compose::observe(scene.engine, scene.project, {});
    CHECK(observed.images.empty());
    CHECK(observed.containers.empty());
    CHECK(observed.outsiders.size() == 1);
    CHECK(observed.outsiders.at("files").id == scene.fake.container("files")->id);
    CHECK_FALSE(observed.outsiders.at("files").running);
}

TEST_CASE("observe: containers of other projects and one-offs are told apart") {
    test::Scene scene({test::service("web")});
    scene.up();
    const auto make = [&](const std::string& name, const char* project, const char* oneoff) {
        scene.engine.create_container(
            name,
            {{"Image", "img"},
             {"Labels",
              {{"com.docker.compose.project", project},
               {"com.docker.compose.service", "web"},
               {"com.docker.compose.oneoff", oneoff}}}}
        );
    };
    make("p_web_run_1", "p", "True");
    make("q_web_1", "q", "False");
    const auto observed = compose::observe(scene.engine, scene.project, {});
    CHECK(observed.containers.size() == 2);
    REQUIRE(observed.of("web").size() == 1);
    CHECK(observed.of("web")[0]->name == "p_web_1");
}
