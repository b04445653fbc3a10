#include "lib/engine/engine.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/fake_engine.hpp"

#include <doctest/doctest.h>

namespace engine = orch::engine;
using orch::test::error_of;

namespace {

struct Fixture {
    orch::test::FakeEngine fake;
    engine::Engine docker{fake, {.socket = "/run/docker.sock"}, {}};

    std::string container() {
        fake.add_image("node");
        return docker.create_container("web1", {{"Image", "node"}}).id;
    }
};

} // namespace

TEST_CASE_FIXTURE(Fixture, "engine: an archive is unpacked where it was sent to") {
    const auto id = container();
    const std::string tar(1024, '\0'); // an archive without files
    docker.upload(id, "/home", tar);
    const auto last = fake.journal().back();
    CHECK(last.method == "PUT");
    CHECK(last.query.at("path") == "/home");
    CHECK(last.headers.at("Content-Type") == "application/x-tar");
    CHECK(error_of([&] { docker.upload("nosuch", "/", tar); }).kind() == orch::Kind::not_found);
}

TEST_CASE_FIXTURE(Fixture, "engine: a network tells its ranges and who is in it") {
    docker.create_network(
        {{"Name", "lan"},
         {"Labels", {{"orch", "1"}}},
         {"IPAM", {{"Config", {{{"Subnet", "10.1.2.0/24"}}}}}}}
    );
    CHECK_FALSE(docker.inspect_network("nosuch").has_value());
    const auto empty = docker.inspect_network("lan").value();
    CHECK(empty.network.name == "lan");
    CHECK(empty.network.labels.at("orch") == "1");
    CHECK(empty.subnets == std::vector<std::string>{"10.1.2.0/24"});
    CHECK(empty.addresses.empty());

    fake.add_image("node");
    const nlohmann::json wish{{"IPAMConfig", {{"IPv4Address", "10.1.2.9"}}}};
    const auto id = docker
                        .create_container(
                            "web1",
                            {{"Image", "node"},
                             {"HostConfig", {{"NetworkMode", "lan"}}},
                             {"NetworkingConfig", {{"EndpointsConfig", {{"lan", wish}}}}}}
                        )
                        .id;
    docker.start_container(id);
    CHECK(docker.inspect_network("lan")->addresses == std::vector<std::string>{"10.1.2.9"});
}

TEST_CASE_FIXTURE(Fixture, "engine: a volume that is there is answered as it is") {
    CHECK_FALSE(docker.inspect_volume("data").has_value());
    const auto made = docker.create_volume({{"Name", "data"}, {"Labels", {{"a", "1"}}}});
    CHECK(made.labels.at("a") == "1");
    const auto again = docker.create_volume({{"Name", "data"}, {"Labels", {{"a", "2"}}}});
    CHECK(again.labels.at("a") == "1");
    CHECK(docker.inspect_volume("data")->name == "data");
}

TEST_CASE_FIXTURE(Fixture, "engine: only a paused container is unpaused") {
    const auto id = container();
    docker.start_container(id);
    CHECK_THROWS_AS(docker.unpause_container(id), orch::Error);
    fake.send({.method = "POST", .url = "http://docker/containers/web1/pause"}, {});
    docker.unpause_container(id);
    CHECK(fake.container("web1")->running());
}
