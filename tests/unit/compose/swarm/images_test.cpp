#include "compose/swarm/images.hpp"
#include "lib/tasks/group.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/fake_nodes.hpp"
#include "tests/unit/compose/scene.hpp"

#include <doctest/doctest.h>

#include <thread>

namespace compose = orch::compose;
namespace engine = orch::engine;
namespace swarm = orch::compose::swarm;
namespace test = orch::test;
using orch::Kind;
using test::error_of;
using test::Lines;

namespace {

/// Service "web" is built, "db" is not; three nodes, "a" is the manager that has what was built.
struct Images {
    Images() {
        project.services = {test::service("web"), test::service("db")};
        project.services[0].image.clear();
        project.services[0].build = compose::Build{.context = "/w"};
        project.services[1].image = "redis:7";
        id = nodes.at("a").add_image("p_web");
    }

    std::string provide(const std::string& service, const Lines& names) {
        auto manager = nodes.manager();
        const auto found = swarm::provide_images(
            project,
            {{.service = service, .nodes = names}},
            manager,
            nodes.seam(),
            {.parallel = parallel, .stalled = stalled, .auth = auth},
            job
        );
        return found.at(service);
    }

    /// What the node calls this image.
    Lines tags(const std::string& node, const std::string& reference) {
        const auto image = nodes.engine_of(node).inspect_image(reference);
        return image ? image->tags : Lines{"none"};
    }

    /// Requests that a node had, "METHOD /path".
    std::size_t calls(const std::string& node, const std::string& call) {
        std::size_t count = 0;
        for (const auto& exchange : nodes.at(node).journal())
            count += exchange.method + " " + exchange.path == call ? 1U : 0U;
        return count;
    }

    test::FakeNodes nodes{{"a", "b", "c"}};
    std::stop_source source;
    test::Recorder recorder;
    orch::Job job{source.get_token(), recorder};
    compose::Project project{.name = "p", .dir = "/w", .files = {}, .services = {}};
    compose::RegistryAuth auth;
    std::size_t parallel = 8;
    std::chrono::milliseconds stalled{60'000};
    std::string id;
};

} // namespace

TEST_CASE_FIXTURE(Images, "images: what is built reaches every node of its place, read once") {
    CHECK(provide("web", {"a", "b", "c"}) == id);
    for (const auto* node : {"b", "c"})
        CHECK(tags(node, id) == Lines{"p_web:latest"});
    CHECK(calls("a", "GET /images/p_web/get") == 1);
    CHECK(recorder.lines().size() == 4); // nothing about the node that it comes from
    CHECK(recorder.has("Copying p_web to b done"));
    CHECK(recorder.has("Copying p_web to c done"));
}

TEST_CASE_FIXTURE(Images, "images: nodes outside of the place get nothing") {
    provide("web", {"a", "b"});
    CHECK(tags("c", id) == Lines{"none"});
}

TEST_CASE_FIXTURE(Images, "images: what is there is not sent again, but gets its name") {
    provide("web", {"a", "b", "c"});
    nodes.at("b").add_image("p_web"); // another one took the name
    CHECK(provide("web", {"a", "b", "c"}) == id);
    CHECK(calls("a", "GET /images/p_web/get") == 1);
    CHECK(recorder.has("is on b, c already p_web note"));
    CHECK(tags("b", id) == Lines{"p_web:latest"});
}

TEST_CASE_FIXTURE(Images, "images: more nodes than are served at a time are served in turn") {
    parallel = 1;
    provide("web", {"b", "c"});
    CHECK(calls("a", "GET /images/p_web/get") == 2);
    CHECK(tags("c", id) == Lines{"p_web:latest"});
}

TEST_CASE_FIXTURE(Images, "images: layers that a node has stay away, whatever pieces it comes in") {
    nodes.at("a").set_layers("p_web", {"sha256:aa", "sha256:bb", "sha256:cc"});
    nodes.at("b").add_image("p_web:old");
    nodes.at("b").set_layers("p_web:old", {"sha256:aa", "sha256:bb"});
    nodes.at("a").cut_streams(7);
    provide("web", {"b", "c"});
    CHECK(nodes.at("b").loads() == std::vector<Lines>{{"blobs/sha256/cc", "manifest.json"}});
    CHECK(nodes.at("c").loads().front().size() == 4);
    CHECK(nodes.engine_of("b").inspect_image(id)->layers.size() == 3);
}

TEST_CASE_FIXTURE(
    Images, "images: a node that keeps images in containerd gets all of it, under a tag for all"
) {
    nodes.at("b").add_image("p_web:old");
    nodes.at("b").set_layers("p_web:old", nodes.engine_of("a").inspect_image("p_web")->layers);
    nodes.at("b").set_info({{"DriverStatus", {{"driver-type", "io.containerd.snapshotter.v1"}}}});
    const auto name = provide("web", {"a", "b", "c"});
    CHECK(nodes.at("b").loads().front().size() == 2);
    CHECK(name == "p_web:orch-" + id.substr(7, 12)); // its id is another one there
    for (const auto* node : {"a", "b", "c"})
        CHECK(nodes.engine_of(node).inspect_image(name));
    CHECK(provide("web", {"a", "b", "c"}) == name);
    CHECK(nodes.at("b").loads().size() == 1);
}

TEST_CASE_FIXTURE(Images, "images: a node that fails is tried once more, with everything") {
    nodes.at("a").set_layers("p_web", {"sha256:aa", "sha256:bb"});
    nodes.at("b").add_image("p_web:old");
    nodes.at("b").set_layers("p_web:old", {"sha256:aa"});
    nodes.at("b").fail_next("POST", "/images/load", 500, "layer does not exist");
    CHECK(provide("web", {"b", "c"}) == id);
    CHECK(nodes.at("b").loads().back().size() == 3);
    CHECK(nodes.at("c").loads().size() == 1);
}

TEST_CASE_FIXTURE(Images, "images: a node that cannot get it is named") {
    for (int i = 0; i < 2; ++i)
        nodes.at("b").fail_next("POST", "/images/load", 500, "write /x: no space left on device");
    const auto error = error_of([&] { provide("web", {"b", "c"}); });
    CHECK(error.message() == "cannot copy the image p_web to b: write /x: no space left on device");
    CHECK(error.hint() == "make room on b: docker system prune");
    CHECK(tags("c", id) == Lines{"p_web:latest"}); // the other one has it
}

TEST_CASE_FIXTURE(Images, "images: a node that takes nothing for a while fails, the others go on") {
    Lines layers;
    for (int i = 0; i < 100; ++i) // more than waits for a node in between
        layers.push_back(fmt::format("sha256:{:064}", i));
    nodes.at("a").set_layers("p_web", layers);
    nodes.at("a").cut_streams(10'000);
    for (int i = 0; i < 2; ++i)
        nodes.at("b").stall_next("POST", "/images/load");
    stalled = std::chrono::milliseconds(100);
    CHECK(error_of([&] {
              provide("web", {"b", "c"});
          }).message() == "cannot copy the image p_web to b: nothing was taken for 0.1 s");
    CHECK(tags("c", id) == Lines{"p_web:latest"});
}

TEST_CASE_FIXTURE(Images, "images: a source that breaks off fails nobody for good") {
    nodes.at("a").drop_next("GET", "/images/p_web/get");
    CHECK(provide("web", {"b"}) == id);
}

TEST_CASE_FIXTURE(Images, "images: a node without a machine is an error for what must be copied") {
    nodes.lose("b");
    CHECK(error_of([&] {
              provide("web", {"a", "b"});
          }).message() == "no machine of this store is the node b");
}

TEST_CASE_FIXTURE(Images, "images: what was not built is named, with the next step") {
    nodes.at("a").set_layers("p_web", {});
    nodes.engine_of("a").remove_image("p_web");
    const auto error = error_of([&] { provide("web", {"a"}); });
    CHECK(error.kind() == Kind::not_found);
    CHECK(error.hint() == "build it first: orch compose build web");
}

TEST_CASE_FIXTURE(Images, "images: nodes pull what is in a registry, by its digest") {
    auth = [](const std::string& reference) { return "secret of " + reference; };
    for (const auto* node : {"a", "b", "c"})
        nodes.at(node).number_from(5'000'000); // a registry gives the same to everybody
    for (const auto* node : {"a", "b", "c"})
        nodes.at(node).offer_image("redis:7");
    const auto name = provide("db", {"a", "b", "c"});
    CHECK(name.starts_with("redis@sha256:"));
    CHECK(calls("a", "POST /images/create") == 1);
    for (const auto* node : {"b", "c"}) {
        CHECK(calls(node, "POST /images/create") == 1);
        for (const auto& exchange : nodes.at(node).journal())
            if (exchange.path == "/images/create")
                CHECK(exchange.headers.at("X-Registry-Auth") == "secret of " + name);
    }
    CHECK(provide("db", {"a", "b", "c"}) == name);
    CHECK(calls("b", "POST /images/create") == 1); // it is there
}

TEST_CASE_FIXTURE(Images, "images: what a node cannot pull is copied, and called by its id") {
    nodes.at("a").offer_image("redis:7");
    const auto name = provide("db", {"a", "b"});
    CHECK(name == nodes.engine_of("a").inspect_image("redis:7")->id);
    CHECK(tags("b", name) == Lines{"redis:7"});
    CHECK(recorder.has("cannot be pulled there redis:7 on b note"));
}

TEST_CASE_FIXTURE(Images, "images: a node that cannot be asked pulls by itself") {
    nodes.at("a").offer_image("redis:7");
    nodes.lose("c");
    CHECK(provide("db", {"a", "c"}).starts_with("redis@sha256:"));
}

TEST_CASE_FIXTURE(Images, "images: a stop ends it at once") {
    nodes.at("b").stall_next("POST", "/images/load");
    orch::tasks::Group group(1, {});
    group.spawn([&](const std::stop_token&) {
        while (calls("a", "GET /images/p_web/get") == 0)
            std::this_thread::yield();
        source.request_stop();
    });
    CHECK(error_of([&] { provide("web", {"b"}); }).kind() == Kind::cancelled);
    group.wait();
}

TEST_CASE("images: the name that a registry knows an image by") {
    engine::Image image;
    image.digests = {"other@sha256:aa", "redis@sha256:bb", "host:5000/redis@sha256:cc"};
    CHECK(swarm::registry_name(image, "redis:7") == "redis@sha256:bb");
    CHECK(swarm::registry_name(image, "docker.io/library/redis") == "redis@sha256:bb");
    CHECK(swarm::registry_name(image, "host:5000/redis:1") == "host:5000/redis@sha256:cc");
    CHECK(swarm::registry_name(image, "mine") == "");
    CHECK(swarm::registry_name({}, "a@sha256:dd") == "a@sha256:dd");
}
