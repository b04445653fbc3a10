#include "machine/swarm_endpoint.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/fake_world.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <set>

namespace machine = orch::machine;

using orch::Kind;
using orch::test::error_of;

namespace {

/// Ports of 192.0.2.7 that answer.
struct Fixture {
    orch::test::FakeWorld fake;
    orch::test::TempDir dir;
    machine::Store store{dir.path()};
    orch::drivers::Registry registry{{}};
    machine::Context context{store, registry, fake.world};
    machine::Machine bee;
    std::set<std::string> alive{"2376", "3376"};

    Fixture() {
        bee.name = "bee";
        bee.swarm.master = true;
        bee.swarm.is_swarm = true;
        bee.swarm.discovery = "consul://192.0.2.1:8500";
        fake.http.handler = [this](const orch::http::Request& request) {
            for (const auto& port : alive)
                if (request.url.starts_with("https://192.0.2.7:" + port + "/"))
                    return orch::http::Response{
                        200, {}, R"({"Version": "20.10.24", "ApiVersion": "1.41"})"};
            throw orch::http::NoAnswer(Kind::network, request.url, "connection refused", false);
        };
    }

    std::string check() {
        return machine::check_swarm(
            context, bee, "tcp://192.0.2.7:2376", std::chrono::seconds(1), {}
        );
    }
};

} // namespace

TEST_CASE("swarm: a host of the manager needs a port") {
    machine::check_swarm_host("tcp://0.0.0.0:3376");
    CHECK(machine::swarm_port("0.0.0.0:4000") == 4000);
    CHECK(machine::swarm_port("tcp://[::]:3376") == 3376);
    for (const char* bad :
         {"",
          "tcp://0.0.0.0",
          "tcp://",
          "tcp://0.0.0.0:",
          "tcp://0.0.0.0:0",
          "tcp://[::1]",
          "tcp://0.0.0.0:65536",
          "tcp://0.0.0.0:80x",
          "0.0.0.0"}) {
        CAPTURE(bad);
        CHECK(error_of([&] { machine::check_swarm_host(bad); }).kind() == Kind::usage);
    }
}

TEST_CASE("swarm: the discovery says who manages") {
    for (const char* kv : {"consul://h:1/p", "etcd://h", "zk://a,b", "nodes://a,b", "file:///x"})
        CHECK(machine::is_standalone_swarm(kv));
    for (const char* engine : {"", "token://abc", "machine://bee", "swarm://T@h:2377"})
        CHECK_FALSE(machine::is_standalone_swarm(engine));
}

TEST_CASE_FIXTURE(Fixture, "swarm: a manager in a container is asked at the port of --swarm-host") {
    CHECK(check() == "tcp://192.0.2.7:3376");
    bee.swarm.host = "tcp://0.0.0.0:4000";
    alive.insert("4000");
    CHECK(check() == "tcp://192.0.2.7:4000");
}

TEST_CASE_FIXTURE(Fixture, "swarm: a manager that is down is told from an engine that is") {
    alive.erase("3376");
    CHECK(
        error_of([&] { return check(); }).message() ==
        "Connection to Swarm cannot be checked but the certs are valid. Maybe swarm is not started"
    );
    alive.clear();
    CHECK(
        error_of([&] { return check(); }).message() ==
        "Cannot connect to the docker engine endpoint tcp://192.0.2.7:2376: connection refused"
    );
}

TEST_CASE_FIXTURE(Fixture, "swarm: the engine's own swarm is asked at the engine") {
    for (const char* discovery : {"", "machine://bee", "swarm://T@192.0.2.7:2377"}) {
        bee.swarm.discovery = discovery;
        CHECK(check() == "tcp://192.0.2.7:2376");
    }
}

TEST_CASE_FIXTURE(Fixture, "swarm: with token:// a manager of docker-machine's is preferred") {
    bee.swarm.discovery = "token://abc";
    CHECK(check() == "tcp://192.0.2.7:3376");
    alive.erase("3376");
    CHECK(check() == "tcp://192.0.2.7:2376");
}

TEST_CASE_FIXTURE(Fixture, "swarm: a manager without a leader is a manager") {
    fake.http.handler = [](const orch::http::Request&) {
        return orch::http::Response{500, {}, "No elected primary cluster manager"};
    };
    CHECK(check() == "tcp://192.0.2.7:3376");
}

TEST_CASE_FIXTURE(Fixture, "swarm: who is no master is refused in docker-machine's words") {
    bee.swarm.master = false;
    CHECK(
        error_of([&] { return check(); }).message() ==
        "\"bee\" is not a swarm master. The --swarm flag is intended for use with swarm masters"
    );
}

TEST_CASE_FIXTURE(Fixture, "swarm: a recorded host without port is an error, not a crash") {
    bee.swarm.host = "tcp://0.0.0.0";
    CHECK(error_of([&] { return check(); }).message().find("names no port") != std::string::npos);
}
