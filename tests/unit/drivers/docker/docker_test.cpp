#include "drivers/docker/docker.hpp"
#include "drivers/docker/network.hpp"
#include "drivers/docker/wishes.hpp"
#include "lib/base/error.hpp"
#include "lib/fs/files.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/fake_engine.hpp"
#include "tests/support/fake_world.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

namespace docker = orch::drivers::docker;
namespace drivers = orch::drivers;
using drivers::Power;
using drivers::Record;
using drivers::State;
using orch::test::error_of;

namespace {

drivers::Values default_values() {
    drivers::Values values;
    for (const auto& option : docker::info().options)
        values.set(option.name, drivers::value_from_text(option, option.fallback));
    return values;
}

/// An engine with the default image, and the driver of machine "web1" on it.
struct Fixture {
    orch::test::FakeWorld fake;
    orch::test::FakeEngine engine;
    orch::test::TempDir dir;
    drivers::Request request{.values = default_values()};
    std::vector<Record> saved;

    Fixture() {
        fake.http.handler = [this](const orch::http::Request& asked) {
            return engine.send(asked, {});
        };
        engine.offer_image("debian:12-slim");
        engine.add_image(std::string(docker::default_image));
    }

    docker::Driver driver(const std::string& machine = "web1") {
        const auto place = dir.path() / "machines" / machine;
        std::filesystem::create_directories(place);
        return docker::Driver(
            {.world = fake.world, .dir = place, .store = dir.path(), .machine = machine}
        );
    }

    Record create(const std::string& machine = "web1") {
        auto maker = driver(machine);
        maker.check(request, fake.job);
        return maker.create(
            request, [this](const Record& record) { saved.push_back(record); }, fake.job
        );
    }

    nlohmann::json posted(const std::string& name) { return engine.container(name).value().posted; }
};

} // namespace

TEST_CASE_FIXTURE(Fixture, "docker: a machine is a privileged container with systemd's needs") {
    const auto record = create();
    const auto body = posted("orch-web1");
    const auto& host = body["HostConfig"];
    CHECK(engine.container("orch-web1")->running());
    CHECK(body["Hostname"] == "web1");
    CHECK(body["StopSignal"] == "SIGRTMIN+3");
    CHECK(host["Privileged"] == true);
    CHECK(host["CgroupnsMode"] == "private");
    CHECK(host["Init"] == false);
    CHECK(host["RestartPolicy"]["Name"] == "no");
    CHECK(host["Tmpfs"].contains("/run"));
    CHECK(host["NetworkMode"] == "orch");
    CHECK(host["PortBindings"].empty()); // its own address is reachable from here
    CHECK(engine.volumes() == std::vector<std::string>{"orch-web1-containerd", "orch-web1-docker"});
    CHECK(engine.networks() == std::vector<std::string>{"orch"});
    CHECK(engine.unknown_requests().empty());
}

TEST_CASE_FIXTURE(Fixture, "docker: the record says where the machine answers") {
    const auto record = create();
    const auto reach = driver().reach(record);
    CHECK(reach.address == record["ContainerIP"]);
    CHECK(reach.url == "tcp://" + reach.address + ":2376");
    CHECK(reach.engine_port == 2376);
    CHECK(reach.ssh.user == "docker");
    CHECK(reach.ssh.port == 22);
    CHECK(reach.ssh.key == dir.path() / "machines" / "web1" / "id_rsa");
    CHECK(record["ContainerName"] == "orch-web1");
    CHECK(record["DockerHost"] == "unix:///var/run/docker.sock");
}

TEST_CASE_FIXTURE(Fixture, "docker: the new key is private here and authorised there") {
    create();
    const auto key = dir.path() / "machines" / "web1" / "id_rsa";
    CHECK(
        std::filesystem::status(key).permissions() ==
        (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write)
    );
    const auto files = engine.uploads("orch-web1");
    CHECK(
        files.at("/home/docker/.ssh/authorized_keys") == orch::fs::read_file(key.string() + ".pub")
    );
}

TEST_CASE_FIXTURE(Fixture, "docker: what was made is on disk before the next step") {
    engine.fail_next("POST", "/containers/.*/start", 500, "no space left on device");
    CHECK_THROWS_AS(create(), orch::Error);
    REQUIRE(saved.size() == 2);
    CHECK(saved[0]["ContainerName"] == "orch-web1"); // before the engine is asked for anything
    CHECK(saved[1]["ContainerId"] == engine.container("orch-web1")->id);

    driver().remove(saved.back(), fake.job);
    CHECK(engine.containers().empty());
    CHECK(engine.volumes().empty());
    CHECK(engine.networks().empty());
}

TEST_CASE_FIXTURE(
    Fixture, "docker: a create that died before it knew the id is cleaned up by name"
) {
    create();
    driver().remove(saved.front(), fake.job);
    CHECK(engine.containers().empty());
    CHECK(engine.volumes().empty());
}

TEST_CASE_FIXTURE(Fixture, "docker: each machine has an address of its own that survives a stop") {
    auto first = create("web1");
    const auto second = create("web2");
    CHECK(first["IPAddress"] != second["IPAddress"]);
    const auto before = first["IPAddress"];

    driver("web1").power(first, Power::stop, fake.job);
    const auto third = create("web3"); // does not take the address of the one that is stopped
    driver("web1").power(first, Power::start, fake.job);
    CHECK(first["IPAddress"] == before);
    CHECK(third["IPAddress"] != before);
}

TEST_CASE_FIXTURE(Fixture, "docker: an address that somebody else took is replaced by another") {
    engine.fail_next("POST", "/containers/.*/start", 403, "Address already in use");
    const auto record = create();
    CHECK(record["IPAddress"].get<std::string>().ends_with(".0.3"));
    CHECK(engine.containers().size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "docker: where --privileged is refused each capability is named") {
    engine.fail_next(
        "POST",
        "/containers/.*/start",
        400,
        "runc create failed: unable to start container process: unable to apply caps: operation "
        "not permitted: unknown"
    );
    const auto record = create();
    const auto host = posted("orch-web1")["HostConfig"];
    CHECK_FALSE(host.contains("Privileged"));
    CHECK_FALSE(host["CapAdd"].empty());
    CHECK(host["MaskedPaths"].is_array());
    CHECK(host["DeviceCgroupRules"] == nlohmann::json{"a *:* rwm"});
    CHECK(record["ContainerId"] == engine.container("orch-web1")->id);
    CHECK(engine.containers().size() == 1);
    CHECK(engine.uploads("orch-web1").size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "docker: a failure that no other way avoids is not tried again") {
    engine.fail_next("POST", "/containers/.*/start", 500, "no space left on device");
    CHECK(error_of([&] { create(); }).message() == "no space left on device");
    CHECK(engine.faults_left() == 0);
}

TEST_CASE_FIXTURE(Fixture, "docker: the default image is built where it is missing") {
    orch::test::FakeEngine fresh;
    fresh.offer_image("debian:12-slim");
    fake.http.handler = [&](const orch::http::Request& asked) { return fresh.send(asked, {}); };
    create();
    REQUIRE(fresh.builds().size() == 1);
    const auto build = fresh.builds()[0];
    CHECK(build.query.at("t") == docker::default_image);
    CHECK(build.files.at("Dockerfile").starts_with("FROM debian:12-slim\n"));
    CHECK(build.files.at("orch-init").starts_with("#!/bin/sh\n"));
    const auto texts = fake.progress.texts("web1");
    CHECK(std::count(texts.begin(), texts.end(), "Building image orch-machine:debian-12: step 1/9")
    );
    create("web2");
    CHECK(fresh.builds().size() == 1); // it is there now
}

TEST_CASE_FIXTURE(Fixture, "docker: an image from an older recipe is built anew") {
    engine.add_image(
        std::string(docker::default_image),
        {{"Cmd", {"/usr/local/sbin/orch-init"}}, {"Labels", {{"orch.recipe", "older"}}}}
    );
    create();
    CHECK(engine.builds().size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "docker: a build that fails says why, and what else can be done") {
    orch::test::FakeEngine fresh; // without a base image
    fake.http.handler = [&](const orch::http::Request& asked) { return fresh.send(asked, {}); };
    const auto error = error_of([&] { create(); });
    CHECK(error.message().starts_with("cannot build the image orch-machine:debian-12: pull access "
                                      "denied for debian"));
    CHECK(error.hint().find("--docker-image") != std::string::npos);
    CHECK_FALSE(error.details().empty());
}

TEST_CASE_FIXTURE(Fixture, "docker: another image is pulled where it is missing") {
    engine.offer_image("example/node:1");
    request.values.set("docker-image", std::string("example/node:1"));
    const auto record = create();
    CHECK(record["Image"] == "example/node:1");
    CHECK(posted("orch-web1")["Image"] == "example/node:1");
    CHECK(engine.builds().empty());
    const auto events = fake.progress.events();
    CHECK(std::any_of(events.begin(), events.end(), [](const auto& event) {
        return event.text == "Pulling image example/node:1..." && event.amount;
    }));
}

TEST_CASE_FIXTURE(
    Fixture, "docker: a foreign container of the machine's name is refused and kept"
) {
    fake.http.handler = [this](const orch::http::Request& asked) { return engine.send(asked, {}); };
    create();
    auto again = driver();
    const auto error = error_of([&] { again.check(request, fake.job); });
    CHECK(error.kind() == orch::Kind::conflict);
    CHECK(error.message().find("orch-web1 already") != std::string::npos);

    auto stranger = saved.back();
    stranger["Token"] = "0123456789abcdef"; // of another create
    stranger["ContainerId"] = "";
    driver().remove(stranger, fake.job);
    CHECK(engine.container("orch-web1")->running());
    CHECK(engine.volumes().size() == 2);
    CHECK(driver().refresh(stranger, fake.job) == State::not_found);
}

TEST_CASE_FIXTURE(Fixture, "docker: a volume that was there already is not taken over") {
    orch::engine::Engine other(fake.world.http, {.socket = "/var/run/docker.sock"}, {});
    other.create_volume({{"Name", "orch-web1-docker"}});
    const auto error = error_of([&] { create(); });
    CHECK(error.message() == "there is a volume orch-web1-docker already");
    driver().remove(saved.back(), fake.job);
    CHECK(engine.volumes() == std::vector<std::string>{"orch-web1-docker"});
}

TEST_CASE_FIXTURE(Fixture, "docker: power does what its word says, and states follow") {
    auto record = create();
    auto machine = driver();
    CHECK(machine.refresh(record, fake.job) == State::running);
    machine.power(record, Power::stop, fake.job);
    CHECK(machine.refresh(record, fake.job) == State::stopped);
    machine.power(record, Power::start, fake.job);
    CHECK(machine.refresh(record, fake.job) == State::running);
    machine.power(record, Power::restart, fake.job);
    CHECK(machine.refresh(record, fake.job) == State::running);
    machine.power(record, Power::kill, fake.job);
    CHECK(machine.refresh(record, fake.job) == State::stopped);
    CHECK(engine.container("orch-web1")->exit_code == 137);
}

TEST_CASE_FIXTURE(Fixture, "docker: a paused machine says so and starts again") {
    auto record = create();
    fake.http.handler = [this](const orch::http::Request& asked) { return engine.send(asked, {}); };
    engine.send({.method = "POST", .url = "http://docker/containers/orch-web1/pause"}, {});
    CHECK(driver().refresh(record, fake.job) == State::paused);
    driver().power(record, Power::start, fake.job);
    CHECK(driver().refresh(record, fake.job) == State::running);
}

TEST_CASE_FIXTURE(
    Fixture, "docker: a machine whose container is gone is not found, and rm succeeds"
) {
    auto record = create();
    driver().remove(record, fake.job);
    CHECK(driver().refresh(record, fake.job) == State::not_found);
    const auto error = error_of([&] { driver().power(record, Power::start, fake.job); });
    CHECK(error.kind() == orch::Kind::not_found);
    CHECK(error.hint() == "orch machine rm web1 forgets the machine");
    CHECK_NOTHROW(driver().remove(record, fake.job));
}

TEST_CASE_FIXTURE(Fixture, "docker: the network stays until its last machine is gone") {
    const auto first = create("web1");
    auto second = create("web2");
    driver("web2").power(second, Power::stop, fake.job); // a stopped one needs it, too
    driver("web1").remove(first, fake.job);
    CHECK(engine.networks() == std::vector<std::string>{"orch"});
    driver("web2").remove(second, fake.job);
    CHECK(engine.networks().empty());
}

TEST_CASE_FIXTURE(Fixture, "docker: a network that orch did not make is used and left alone") {
    orch::engine::Engine other(fake.world.http, {.socket = "/var/run/docker.sock"}, {});
    other.create_network({{"Name", "mine"}});
    request.values.set("docker-network", std::string("mine"));
    const auto record = create();
    CHECK(record["IPAddress"] != "");
    CHECK(posted("orch-web1")["NetworkingConfig"]["EndpointsConfig"]["mine"].empty());
    driver().remove(record, fake.job);
    CHECK(engine.networks() == std::vector<std::string>{"mine"});
}

TEST_CASE_FIXTURE(Fixture, "docker: limits, ports and volumes reach the container") {
    request.values.set("docker-cpu-count", 2);
    request.values.set("docker-memory", std::string("512m"));
    request.values.set("docker-publish", std::vector<std::string>{"8080:80", "53/udp"});
    request.values.set("docker-volume", std::vector<std::string>{"/srv:/srv:ro"});
    request.values.set("docker-ssh-user", std::string("root"));
    create();
    const auto host = posted("orch-web1")["HostConfig"];
    CHECK(host["NanoCpus"] == 2'000'000'000);
    CHECK(host["Memory"] == 536'870'912);
    CHECK(host["MemorySwap"] == 536'870'912);
    CHECK(host["PortBindings"]["80/tcp"][0]["HostPort"] == "8080");
    CHECK(host["PortBindings"].contains("53/udp"));
    CHECK(host["Binds"].back() == "/srv:/srv:ro");
    CHECK(engine.uploads("orch-web1").contains("/root/.ssh/authorized_keys"));
}

TEST_CASE_FIXTURE(Fixture, "docker: another runtime needs no privileges") {
    request.values.set("docker-runtime", std::string("sysbox-runc"));
    create();
    const auto host = posted("orch-web1")["HostConfig"];
    CHECK(host["Runtime"] == "sysbox-runc");
    CHECK_FALSE(host.contains("Privileged"));
    CHECK_FALSE(host.contains("CapAdd"));
}

TEST_CASE_FIXTURE(Fixture, "docker: inside of Docker Desktop machines are reached by their ports") {
    engine.set_info({{"OperatingSystem", "Docker Desktop"}});
    auto record = create();
    const auto reach = driver().reach(record);
    CHECK(reach.address == "127.0.0.1");
    CHECK(reach.ssh.host == "127.0.0.1");
    CHECK(reach.ssh.port > 1024);
    CHECK(reach.url == "tcp://127.0.0.1:" + std::to_string(record["EnginePort"].get<int>()));
    CHECK(reach.engine_port == 2376);
    CHECK(posted("orch-web1")["HostConfig"]["PortBindings"]["22/tcp"][0]["HostIp"] == "127.0.0.1");

    const auto before = record["SSHPort"];
    driver().power(record, Power::stop, fake.job);
    engine.occupy_port(before.get<int>());
    driver().power(record, Power::start, fake.job);
    CHECK(record["SSHPort"] != before); // read again after each start
}

TEST_CASE_FIXTURE(Fixture, "docker: on a remote engine they are reached at its host") {
    request.values.set("docker-host", std::string("tcp://192.0.2.7:2375"));
    const auto record = create();
    CHECK(driver().reach(record).address == "192.0.2.7");
    CHECK(posted("orch-web1")["HostConfig"]["PortBindings"]["22/tcp"][0]["HostIp"] == "0.0.0.0");
}

TEST_CASE_FIXTURE(Fixture, "docker: engines that cannot hold machines are refused beforehand") {
    engine.speak("1.40", "1.12");
    CHECK(error_of([&] { create(); }).kind() == orch::Kind::unsupported);
    CHECK(saved.empty());
}

TEST_CASE_FIXTURE(Fixture, "docker: where no engine runs, the ways on are named") {
    fake.http.handler = [](const orch::http::Request&) -> orch::http::Response {
        throw orch::http::NoAnswer(orch::Kind::network, "it", "no such file or directory", false);
    };
    const auto error = error_of([&] { create(); });
    CHECK(error.message().find("unix:///var/run/docker.sock") != std::string::npos);
    CHECK(error.hint().find("-d generic") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "docker: options that cannot be read name themselves") {
    const auto refused = [&](const std::string& option, drivers::Values::Value value) {
        auto values = default_values();
        values.set(option, std::move(value));
        const auto error = error_of([&] { docker::read_wishes(values); });
        CHECK(error.kind() == orch::Kind::usage);
        CHECK(error.message().find("--" + option) != std::string::npos);
    };
    refused("docker-memory", std::string("much"));
    refused("docker-memory", std::string("99999999999g"));
    refused("docker-memory", std::string(""));
    refused("docker-cpu-count", -1);
    refused("docker-network", std::string("host"));
    for (const char* port : {"", "x", "80:", "1:2:3:4", "80/icmp", "70000"})
        refused("docker-publish", std::vector<std::string>{port});
    for (const char* volume : {"", "/srv", ":/srv", "/srv:", "/srv:relative"})
        refused("docker-volume", std::vector<std::string>{volume});
}

TEST_CASE("docker: machines have the lower half of a range, the engine the upper") {
    CHECK(docker::upper_half("10.213.128.0/24") == "10.213.128.128/25");
    CHECK(docker::upper_half("172.18.0.0/16") == "172.18.128.0/17");
    CHECK(docker::free_address("10.1.2.0/24", {}) == "10.1.2.2");
    CHECK(docker::free_address("10.1.2.0/24", {"10.1.2.2", "10.1.2.3"}) == "10.1.2.4");
    CHECK(docker::free_address("10.1.2.0/29", {"10.1.2.2", "10.1.2.3"}) == std::nullopt);
    for (const char* odd : {"", "fd00::/64", "10.1.2.0", "10.1.2.0/33", "300.1.2.0/24"})
        CHECK(docker::free_address(odd, {}) == std::nullopt);
}
