#include "compose/swarm/folders.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/fake_engine.hpp"
#include "tests/support/fake_nodes.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/compose/swarm/swarm_case.hpp"

#include <doctest/doctest.h>

#include <fstream>

namespace compose = orch::compose;
namespace swarm = orch::compose::swarm;

using orch::test::error_of;
using orch::test::steps_of;
using orch::test::swarm_project;
using orch::test::swarm_service;
using orch::test::three_nodes;
using Lines = std::vector<std::string>;

namespace {

compose::Service mounting(const std::string& source, bool built = false) {
    auto web = swarm_service("web");
    web.volumes = {{source, "/code", "rw"}, {"", "/data", "rw"}};
    if (built) {
        web.image.clear();
        web.build = compose::Build{.context = "/shop/", .dockerfile = ""};
    }
    return web;
}

} // namespace

TEST_CASE("folders: what the image is built from is not mounted from nodes that lack it") {
    auto observed = three_nodes();
    observed.folders = {.here = {"/shop/src"}, .missing = {{"b", {"/shop/src"}}}};
    const auto project = swarm_project({mounting("/shop/src", true)});
    const auto arrangement = swarm::arrange(project, observed, {});
    REQUIRE(arrangement.project.services[0].volumes.size() == 1);
    CHECK(arrangement.project.services[0].volumes[0].anonymous());
    CHECK(
        arrangement.warnings == Lines{"web: volumes: /shop/src is not on b; /code has what its "
                                      "image was built with"}
    );
    CHECK(arrangement.folders.empty());

    observed.folders.missing.clear();
    CHECK(swarm::arrange(project, observed, {}).project.services[0].volumes.size() == 2);
}

TEST_CASE("folders: only nodes that may run the service count") {
    auto observed = three_nodes();
    observed.folders.missing = {{"b", {"/shop"}}};
    auto project = swarm_project({mounting("/shop", true)});
    project.services[0].environment["constraint:node!"] = "b";
    const auto arrangement = swarm::arrange(project, observed, {});
    CHECK(arrangement.warnings.empty());
    CHECK(arrangement.project.services[0].volumes.size() == 2);
}

TEST_CASE("folders: one with something in it here is an error before anything changes") {
    auto observed = three_nodes();
    observed.folders = {.here = {"/conf"}, .missing = {{"b", {"/conf"}}, {"c", {"/conf"}}}};
    const auto project = swarm_project({mounting("/conf")});
    const auto error = error_of([&] { swarm::arrange(project, observed, {}); });
    CHECK(error.kind() == orch::Kind::unsupported);
    CHECK(error.details() == Lines{"web: volumes: /conf is not on b, c, but here it is not empty"});

    const auto arrangement = swarm::arrange(project, observed, {.warn_only = true});
    CHECK(arrangement.folders.size() == 2);
    CHECK(
        arrangement.warnings == Lines{"web: volumes: /conf is not on b, c; it is made empty there"}
    );
}

TEST_CASE("folders: others are made before the services, also those of data containers") {
    auto observed = three_nodes();
    observed.folders.missing = {{"a", {"/cache"}}, {"b", {"/cache"}}, {"c", {"/cache"}}};
    auto data = mounting("/cache");
    data.name = "data";
    auto app = swarm_service("app");
    app.volumes_from = {{"data", "rw", true}};
    const auto project = swarm_project({data, app});
    const auto arrangement = swarm::arrange(project, observed, {});
    REQUIRE(arrangement.folders.size() == 1); // they share one node
    const auto plan = swarm::reconcile(arrangement, observed, {.images = {{"data", "sha256:1"}}});
    const auto text = steps_of(plan);
    CHECK(text.find("make /cache on " + arrangement.folders[0].node) < text.find("create service"));
    CHECK(arrangement.warnings.empty());
}

TEST_CASE("folders: a path beside the build context is not below it") {
    auto web = mounting("/shop", true);
    CHECK(swarm::in_build_context(web, web.volumes[0]));
    CHECK_FALSE(swarm::in_build_context(web, {"/shopping", "/code", "rw"}));
    CHECK_FALSE(swarm::in_build_context(web, {"/", "/code", "rw"}));
    CHECK_FALSE(swarm::in_build_context(web, {"", "/code", "rw"}));
    web.build->context = "https://example.com/shop.git";
    CHECK_FALSE(swarm::in_build_context(web, web.volumes[0]));
}

TEST_CASE("folders: nodes are asked without a trace, and one that cannot be asked is left in peace"
) {
    orch::test::FakeNodes nodes({"a", "b"});
    nodes.at("a").lack_folder("/conf");
    nodes.at("b").lack_folder("/conf");
    nodes.lose("b");
    const orch::test::TempDir here;
    std::ofstream(here.path() / "file") << "x";
    auto web = mounting("/conf");
    web.volumes.push_back({here.path().string(), "/here", "ro"});
    const auto found = swarm::look_for_folders(
        swarm_project({web}),
        {{.id = "node-a", .name = "a"}, {.id = "node-b", .name = "b"}},
        nodes.seam(),
        {}
    );
    CHECK(found.missing == std::map<std::string, std::set<std::string>>{{"a", {"/conf"}}});
    CHECK(found.here == std::set<std::string>{here.path().string()});
    CHECK(nodes.at("a").containers().empty());
}

TEST_CASE("folders: they are made by a container that does not stay") {
    orch::test::FakeEngine fake;
    fake.add_image("busybox");
    fake.lack_folder("/conf");
    fake.lack_folder("/other");
    const orch::engine::Engine engine(fake, {.socket = "/s"}, {});
    CHECK(swarm::lacks(engine, "/conf"));
    swarm::make_folders(engine, "busybox", {"/conf"});
    CHECK_FALSE(swarm::lacks(engine, "/conf"));
    CHECK(fake.lacks_folder("/other"));
    CHECK(fake.containers().empty());
}
