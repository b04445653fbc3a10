#include "lib/engine/classic_info.hpp"
#include "machine/swarm/standalone.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/fake_engine.hpp"
#include "tests/unit/machine/swarm/fixture.hpp"

#include <doctest/doctest.h>

namespace swarm = orch::machine::swarm;

using orch::Kind;
using orch::test::error_of;
using Json = nlohmann::json;

namespace {

/// A machine whose engine is there; its manager answers at 3376.
struct Fixture : orch::test::SwarmFixture {
    orch::test::FakeEngine engine;
    orch::machine::Machine bee;
    orch::drivers::Reach reach{.address = "192.0.2.1", .url = "tcp://192.0.2.1:2376", .ssh = {}};
    std::string status = "Healthy";

    Fixture() {
        bee = make(1, true, "consul://192.0.2.9:8500/hive");
        fake.http.handler = [this](const orch::http::Request& request) {
            if (request.url.find(":3376/") == std::string::npos)
                return engine.send(request, {});
            if (request.url.find("/info") == std::string::npos)
                return orch::http::Response{
                    200, {}, R"({"Version": "swarm/1.2.9", "ApiVersion": "1.30"})"};
            auto rows = Json::parse(
                R"([["Role", "primary"], ["Strategy", "spread"], ["Nodes", "1"],
                    [" bee", "192.0.2.1:2376"]])"
            );
            rows.push_back(Json::array({"  └ Status", status}));
            return orch::http::Response{200, {}, Json{{"SystemStatus", rows}}.dump()};
        };
        engine.offer_image("swarm:latest");
    }

    void run() { swarm::run_parts(bee, reach, "/etc/docker", context, fake.job); }
};

} // namespace

TEST_CASE_FIXTURE(Fixture, "standalone: the containers are docker-machine's") {
    bee.engine.env = {"A=b"};
    const auto parts = swarm::parts_of(bee, reach, "/etc/docker");
    REQUIRE(parts.size() == 2);
    CHECK(parts[0].name == "swarm-agent-master");
    CHECK(parts[0].body == Json::parse(R"({
        "Image": "swarm:latest",
        "Cmd": ["manage", "--tlsverify", "--tlscacert=/etc/docker/ca.pem",
                "--tlscert=/etc/docker/server.pem", "--tlskey=/etc/docker/server-key.pem",
                "-H", "tcp://0.0.0.0:3376", "--strategy", "spread",
                "--advertise", "192.0.2.1:3376", "consul://192.0.2.9:8500/hive"],
        "Env": ["A=b"],
        "ExposedPorts": {"2375/tcp": {}, "3376/tcp": {}},
        "HostConfig": {
            "Binds": ["/etc/docker:/etc/docker"],
            "PortBindings": {"3376/tcp": [{"HostIp": "0.0.0.0", "HostPort": "3376"}]},
            "RestartPolicy": {"Name": "always"}}
    })"));
    CHECK(parts[1].name == "swarm-agent");
    CHECK(parts[1].body == Json::parse(R"({
        "Image": "swarm:latest",
        "Cmd": ["join", "--advertise", "192.0.2.1:2376", "consul://192.0.2.9:8500/hive"],
        "Env": ["A=b"],
        "HostConfig": {"RestartPolicy": {"Name": "always"}}
    })"));
}

TEST_CASE_FIXTURE(Fixture, "standalone: options reach the command line, unknown ones are refused") {
    bee.swarm.experimental = true;
    bee.swarm.arbitrary_flags = {"replication", "heartbeat=10s"};
    bee.swarm.arbitrary_join_flags = {"ttl=30s"};
    bee.swarm.address = "10.0.0.1";
    const auto parts = swarm::parts_of(bee, reach, "/etc/docker");
    const auto manage = parts[0].body["Cmd"].get<std::vector<std::string>>();
    CHECK(manage.front() == "--experimental");
    CHECK(std::count(manage.begin(), manage.end(), "--heartbeat=10s") == 1);
    CHECK(std::count(manage.begin(), manage.end(), "10.0.0.1:3376") == 1);
    const auto join = parts[1].body["Cmd"].get<std::vector<std::string>>();
    CHECK(
        join ==
        std::vector<std::string>{
            "--experimental",
            "join",
            "--advertise",
            "10.0.0.1:2376",
            "--ttl=30s",
            "consul://192.0.2.9:8500/hive"}
    );
    bee.swarm.arbitrary_join_flags = {"strategy=spread"};
    const auto error = error_of([&] { swarm::parts_of(bee, reach, "/etc/docker"); });
    CHECK(error.kind() == Kind::usage);
    CHECK(
        error.message() == "--swarm-join-opt strategy=spread: swarm join has no option --strategy"
    );
}

TEST_CASE_FIXTURE(Fixture, "standalone: where nothing can be registered there is no agent") {
    bee.swarm.discovery = "nodes://192.0.2.1:2376";
    CHECK(swarm::parts_of(bee, reach, "/etc/docker").size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "standalone: every discovery string is the last word, as it was given") {
    struct Case {
        const char* discovery;
        bool agent; // something can be registered there
    };

    const Case cases[] = {
        {"consul://192.0.2.9:8500/hive", true},
        {"etcd://192.0.2.9:2379,192.0.2.8:2379/hive", true},
        {"zk://192.0.2.9:2181,192.0.2.8:2181/hive", true},
        {"nodes://192.0.2.[1:3]:2376", false},
        {"file:///etc/docker/cluster", false}};
    for (const auto& each : cases) {
        CAPTURE(each.discovery);
        bee.swarm.discovery = each.discovery;
        const auto parts = swarm::parts_of(bee, reach, "/etc/docker");
        REQUIRE(parts.size() == (each.agent ? 2 : 1));
        const std::vector<std::string> manage{
            "manage",
            "--tlsverify",
            "--tlscacert=/etc/docker/ca.pem",
            "--tlscert=/etc/docker/server.pem",
            "--tlskey=/etc/docker/server-key.pem",
            "-H",
            "tcp://0.0.0.0:3376",
            "--strategy",
            "spread",
            "--advertise",
            "192.0.2.1:3376",
            each.discovery};
        CHECK(parts[0].body["Cmd"].get<std::vector<std::string>>() == manage);
        CHECK(parts[0].body["HostConfig"]["Binds"] == Json::array({"/etc/docker:/etc/docker"}));
        if (!each.agent)
            continue;
        const std::vector<std::string> join{
            "join", "--advertise", "192.0.2.1:2376", each.discovery};
        CHECK(parts[1].body["Cmd"].get<std::vector<std::string>>() == join);
        CHECK_FALSE(parts[1].body["HostConfig"].contains("Binds"));
    }
}

TEST_CASE_FIXTURE(Fixture, "standalone: a second run makes only what differs") {
    run();
    REQUIRE(engine.containers().size() == 2);
    const auto manager = engine.container("swarm-agent-master")->id;
    const auto agent = engine.container("swarm-agent")->id;
    CHECK(engine.container("swarm-agent")->running());
    run();
    CHECK(engine.container("swarm-agent-master")->id == manager);
    CHECK(engine.container("swarm-agent")->id == agent);

    bee.swarm.strategy = "binpack";
    run();
    CHECK(engine.container("swarm-agent-master")->id != manager);
    CHECK(engine.container("swarm-agent")->id == agent);

    bee.swarm.agent = false;
    run();
    CHECK_FALSE(engine.container("swarm-agent"));
    swarm::remove_parts(bee, context, fake.job);
    CHECK(engine.containers().empty());
}

TEST_CASE_FIXTURE(Fixture, "standalone: a newer image replaces the containers") {
    run();
    const auto manager = engine.container("swarm-agent-master")->id;
    engine.offer_image("swarm:latest");
    run();
    CHECK(engine.container("swarm-agent-master")->id != manager);
}

TEST_CASE_FIXTURE(Fixture, "standalone: an image on the host will do where there is no registry") {
    engine.break_pull("swarm:latest", "no route to host");
    const auto error = error_of([&] { run(); });
    CHECK(error.message().find("Unable to pull image: ") == 0);
    engine.add_image("swarm:latest");
    run();
    CHECK(engine.container("swarm-agent")->running());
}

TEST_CASE_FIXTURE(Fixture, "standalone: a manager that does not use the machine is told of") {
    status = "Pending";
    run();
    const auto texts = fake.progress.texts("m1");
    CHECK(texts.back() == "The manager of m1 does not use this machine yet (Pending)");
}

TEST_CASE("standalone: engines that refuse the old API must be told") {
    CHECK(swarm::needs_lower_api({.min_api = "1.44"}));
    CHECK_FALSE(swarm::needs_lower_api({.min_api = "1.24"}));
    CHECK_FALSE(swarm::needs_lower_api({.min_api = "1.12"}));
    CHECK_FALSE(swarm::needs_lower_api({}));
}

TEST_CASE("standalone: rows of a manager, as new and old ones write them") {
    const auto now = Json::parse(R"J({"SystemStatus": [
        ["Role", "primary"], ["Strategy", "binpack"], ["Nodes", "2"],
        [" a", "10.0.0.1:2376"], ["  └ Status", "Healthy"], ["  └ Error", "(none)"],
        [" (unknown)", "10.0.0.2:2376"], ["  └ Status", "Pending"], ["  └ Error", "no route"]
    ]})J");
    const auto info = orch::engine::read_classic_info(now);
    CHECK(info.role == "primary");
    CHECK(info.strategy == "binpack");
    REQUIRE(info.nodes.size() == 2);
    CHECK(info.nodes[0].name == "a");
    CHECK(info.nodes[0].error == "");
    CHECK(info.nodes[1].address == "10.0.0.2:2376");
    CHECK(info.nodes[1].error == "no route");

    const auto old = Json::parse(R"({"DriverStatus": [
        ["\bStrategy", "spread"], ["\bNodes", "1"], ["a", "10.0.0.1:2376"],
        [" └ Status", "Healthy"]
    ]})");
    CHECK(orch::engine::read_classic_info(old).nodes.at(0).status == "Healthy");
    CHECK(orch::engine::read_classic_info(Json::object()).nodes.empty());
}
