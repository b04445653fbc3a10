#include "compose/swarm/observe.hpp"
#include "compose/swarm/oneoff.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/fake_nodes.hpp"
#include "tests/unit/compose/scene.hpp"

#include <doctest/doctest.h>

namespace compose = orch::compose;
namespace swarm = orch::compose::swarm;
namespace test = orch::test;
using test::error_of;
using test::Lines;

namespace {

/// "web" links to "db", which runs on b.
struct Oneoffs {
    Oneoffs() {
        project.services = {test::service("db"), test::service("web", {"db"})};
        nodes.at("a").add_image(
            "img", {{"ExposedPorts", {{"6379/tcp", nlohmann::json::object()}}}}
        );
        nodes.add_task("p", "db", 1, "b");
    }

    compose::Oneoff run(const std::string& service) {
        const auto wanted = compose::oneoff_service(
            *project.find(service), {.command = {"sleep", "9"}}, "/w", environment
        );
        auto cluster = swarm::observe(manager, project, hosts.nodes(), {}).cluster;
        return swarm::create_oneoff(
            project, wanted, hosts, {.service = service}, {std::move(cluster)}, job
        );
    }

    nlohmann::json posted(const std::string& node, const compose::Oneoff& oneoff) {
        return nodes.at(node).container(oneoff.id)->posted;
    }

    compose::Service& at(std::size_t index) { return project.services[index]; }

    test::FakeNodes nodes{{"a", "b", "c"}};
    orch::engine::Engine manager{nodes.manager()};
    compose::Hosts hosts{manager, nodes.seam()};
    test::Recorder recorder;
    orch::Job job{{}, recorder};
    compose::Project project{.name = "p", .dir = "/w", .files = {}, .services = {}};
    orch::os::Environment environment{{}};
};

bool has(const nlohmann::json& list, const std::string& text) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

} // namespace

TEST_CASE_FIXTURE(
    Oneoffs, "oneoff: on the first node, in the project's network, with the links' variables"
) {
    const auto oneoff = run("web");
    CHECK(oneoff.node == "node-a");
    CHECK(nodes.at("a").networks() == Lines{"p_default"});
    const auto body = posted("a", oneoff);
    CHECK(body["HostConfig"]["NetworkMode"] == "p_default");
    CHECK(body["HostConfig"]["Links"].empty());
    CHECK(has(body["Env"], "DB_PORT_6379_TCP_ADDR=db"));
    CHECK(body["Labels"]["com.docker.compose.oneoff"] == "True");
    CHECK(body["Cmd"] == nlohmann::json{"sleep", "9"});
}

TEST_CASE_FIXTURE(Oneoffs, "oneoff: where its service runs, with the image that it gets there") {
    CHECK(run("db").node == "node-b");
}

TEST_CASE_FIXTURE(Oneoffs, "oneoff: where its hints allow it; they do not reach the container") {
    at(1).environment["constraint:node==c"] = std::nullopt;
    const auto oneoff = run("web");
    CHECK(oneoff.node == "node-c");
    CHECK(posted("c", oneoff)["Image"] == nodes.engine_of("a").inspect_image("img")->id);
    CHECK_FALSE(has(posted("c", oneoff)["Env"], "constraint:node==c"));
    at(1).environment["constraint:node==d"] = std::nullopt;
    CHECK(
        error_of([&] { run("web"); }).message().find("Unable to find a node") != std::string::npos
    );
}

TEST_CASE_FIXTURE(Oneoffs, "oneoff: another node if one cannot be reached") {
    at(0).volumes = {{"", "/data", "rw"}};
    nodes.lose("b");
    CHECK(run("db").node == "node-a");
}

TEST_CASE_FIXTURE(Oneoffs, "oneoff: volumes that it takes over are on the node of their service") {
    at(0).volumes = {{"", "/data", "rw"}, {"named", "/named", "rw"}};
    at(1).volumes_from = {{.source = "db", .mode = "ro"}};
    const auto oneoff = run("web");
    CHECK(oneoff.node == "node-b");
    const auto binds = posted("b", oneoff)["HostConfig"]["Binds"];
    CHECK(has(binds, "named:/named:ro"));
    REQUIRE(binds.size() == 2);
    CHECK(binds[0].get<std::string>().starts_with("p_db_"));
}

TEST_CASE_FIXTURE(Oneoffs, "oneoff: those of all nodes are removed, and nothing else") {
    const auto first = run("web");
    const auto second = run("db");
    nodes.engine_of("b").create_network({{"Name", "p_default"}});
    nodes.engine_of("b").start_container(second.id);
    CHECK(swarm::remove_oneoffs("p", hosts, {.running = false}, job) == Lines{first.name});
    CHECK(swarm::remove_oneoffs("p", hosts, {}, job) == Lines{second.name});
    CHECK(nodes.at("a").containers().empty());
    CHECK(nodes.at("b").containers().size() == 1); // the task
    CHECK(recorder.has("Removing " + second.name + " done"));
}

TEST_CASE_FIXTURE(Oneoffs, "oneoff: what it depends on has to run, or is brought up") {
    project.services.push_back(test::service("job", {"web"}));
    const auto error = error_of([&] { run("job"); });
    CHECK(error.message() == "Service 'job' needs 'web', which does not run");
    CHECK(error.hint() == "orch compose up -d web, or run --no-deps");
    CHECK(nodes.at("a").containers().empty());
}
