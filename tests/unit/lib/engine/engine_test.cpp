// What an engine does, seen through Engine. The same cases hold for the fake engine and for a real
// one: with ORCH_TEST_DOCKER=/path/to/docker.sock they run against that (which needs an image
// busybox); what they make there has names that begin with orch-test- and is removed.
#include "lib/base/error.hpp"
#include "lib/engine/build_context.hpp"
#include "lib/engine/engine.hpp"
#include "lib/http/curl_client.hpp"
#include "tests/support/fake_engine.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace engine = orch::engine;
namespace test = orch::test;

using Json = nlohmann::json;
using orch::Kind;
using std::chrono::seconds;

namespace {

const std::string label = "org.orch.test";

/// The engine of one case; everything with its label is removed at the end.
class Lab {
  public:
    Lab() {
        if (const auto* socket = std::getenv("ORCH_TEST_DOCKER")) {
            http_ = std::make_unique<orch::http::CurlClient>();
            endpoint_.socket = socket;
        } else {
            auto fake = std::make_unique<test::FakeEngine>();
            fake->add_image("busybox", {{"Cmd", {"sh"}}});
            fake_ = fake.get();
            http_ = std::move(fake);
            endpoint_.socket = "/fake.sock";
        }
        api = std::make_unique<engine::Engine>(*http_, endpoint_, std::stop_token());
    }

    ~Lab() {
        for (const auto& row : api->list_containers({{"label", {label}}}, true))
            api->remove_container(row.id, true, true);
        for (const auto& network : api->list_networks({{"label", {label}}}))
            api->remove_network(network.id);
        if (fake_ != nullptr)
            CHECK(fake_->unknown_requests().empty());
    }

    Lab(const Lab&) = delete;
    Lab& operator=(const Lab&) = delete;

    [[nodiscard]] bool real() const { return fake_ == nullptr; }

    /// The id of a new container of busybox.
    std::string
    create(const std::string& name, const std::vector<std::string>& command, Json more = {}) const {
        Json body{{"Image", "busybox"}, {"Cmd", command}, {"Labels", {{label, name}}}};
        if (more.is_object())
            body.update(more);
        return api->create_container("orch-test-" + name, body).id;
    }

    [[nodiscard]] engine::Container inspect(const std::string& id) const {
        return api->inspect_container(id).value();
    }

    std::unique_ptr<engine::Engine> api;

  private:
    std::unique_ptr<orch::http::Client> http_;
    engine::Endpoint endpoint_;
    test::FakeEngine* fake_ = nullptr;
};

const std::vector<std::string> forever{"sleep", "1000"};

template <class Action>
orch::Error failure_of(Action action) {
    try {
        action();
    } catch (const orch::Error& error) {
        return error;
    }
    throw std::logic_error("it succeeded");
}

std::string
output_of(engine::Engine& api, const std::string& id, const engine::LogOptions& options) {
    std::string text;
    api.logs(id, false, options, [&](int stream, std::string_view bytes) {
        text += std::to_string(stream) + ":" + std::string(bytes);
        return true;
    });
    return text;
}

} // namespace

TEST_CASE("engine: says what it is, and a version is agreed on") {
    const Lab lab;
    const auto version = lab.api->version();
    CHECK_FALSE(version.engine.empty());
    CHECK(version.os == "linux");
    CHECK(lab.api->speaks("1.24"));
    CHECK_FALSE(lab.api->speaks("9.0"));
    CHECK(lab.api->info().contains("Swarm"));
}

TEST_CASE("engine: the life of a container") {
    const Lab lab;
    auto& api = *lab.api;
    const auto id = lab.create("life", forever, {{"Env", {"A=b"}}});
    auto container = lab.inspect(id);
    CHECK(container.id == id);
    CHECK(container.name == "orch-test-life");
    CHECK(container.status == "created");
    CHECK(container.image == "busybox");
    CHECK(container.image_id == api.inspect_image("busybox")->id);
    CHECK(container.command == forever);
    CHECK(container.labels.at(label) == "life");
    CHECK(std::count(container.env.begin(), container.env.end(), "A=b") == 1);
    CHECK(container.log_driver == "json-file");
    CHECK(container.network_mode == "default");

    api.start_container(id);
    api.start_container(id); // it runs already
    container = lab.inspect("orch-test-life");
    CHECK(container.running());
    CHECK_FALSE(container.addresses.at("bridge").empty());

    api.restart_container(id, seconds(0));
    CHECK(lab.inspect(id).running());
    api.rename_container(id, "orch-test-renamed");
    CHECK(lab.inspect(id).name == "orch-test-renamed");

    api.stop_container(id, seconds(0));
    api.stop_container(id, seconds(0)); // it is stopped already
    container = lab.inspect(id);
    CHECK(container.status == "exited");
    CHECK(container.exit_code == 137);
    CHECK(api.wait_container(id) == 137);

    api.remove_container(id, true, false);
    api.remove_container(id, true, false); // it is gone already
    CHECK_FALSE(api.inspect_container(id).has_value());
}

TEST_CASE("engine: containers are listed by their labels and state, the newest first") {
    const Lab lab;
    const auto first = lab.create("first", forever);
    const auto second = lab.create("second", forever);
    lab.api->start_container(first);
    const auto ids = [&](const engine::Filters& filters, bool all) {
        std::vector<std::string> result;
        for (const auto& row : lab.api->list_containers(filters, all))
            result.push_back(row.id);
        return result;
    };
    using Ids = std::vector<std::string>;
    CHECK(ids({{"label", {label}}}, true) == Ids{second, first});
    CHECK(ids({{"label", {label}}}, false) == Ids{first});
    CHECK(ids({{"label", {label + "=second"}}}, true) == Ids{second});
    CHECK(ids({{"label", {label, label + "=second"}}}, true) == Ids{second});
    CHECK(ids({{"label", {label}}, {"status", {"created"}}}, true) == Ids{second});
    CHECK(ids({{"name", {"test-fir"}}}, true) == Ids{first});
    const auto row = lab.api->list_containers({{"label", {label + "=first"}}}, true).at(0);
    CHECK(row.name() == "orch-test-first");
    CHECK(row.state == "running");
    CHECK(row.command == "sleep 1000");
    CHECK(row.status.starts_with("Up "));
    CHECK(failure_of([&] {
              lab.api->list_containers({{"nonsense", {"x"}}}, true);
          }).kind() == Kind::invalid);
}

TEST_CASE("engine: a refusal has a kind and the engine's own words") {
    const Lab lab;
    auto& api = *lab.api;
    const auto id = lab.create("one", forever);

    const auto taken = failure_of([&] { lab.create("one", forever); });
    CHECK(taken.kind() == Kind::conflict);
    CHECK(taken.message().find("is already in use by container") != std::string::npos);
    const auto no_image = failure_of([&] {
        api.create_container("orch-test-x", {{"Image", "orch-none"}});
    });
    CHECK(no_image.kind() == Kind::not_found);
    CHECK(no_image.message() == "No such image: orch-none:latest");
    CHECK(failure_of([&] { lab.create("!", forever); }).kind() == Kind::invalid);
    CHECK(failure_of([&] { api.start_container("orch-test-none"); }).kind() == Kind::not_found);
    CHECK(failure_of([&] { api.kill_container(id, "KILL"); }).kind() == Kind::conflict);
    api.start_container(id);
    CHECK(failure_of([&] { api.kill_container(id, "NONSENSE"); }).kind() == Kind::invalid);
    CHECK(failure_of([&] { api.remove_container(id, false, false); }).kind() == Kind::conflict);
    api.kill_container(id, "SIGKILL");
    CHECK(api.wait_container(id) == 137);
}

TEST_CASE("engine: a container that ends has an exit code and an output") {
    const Lab lab;
    const auto failing = lab.create("failing", {"sh", "-c", "exit 3"});
    lab.api->start_container(failing);
    CHECK(lab.api->wait_container(failing) == 3);
    CHECK(lab.inspect(failing).exit_code == 3);

    const auto echo = lab.create("echo", {"echo", "hello"});
    lab.api->start_container(echo);
    lab.api->wait_container(echo);
    lab.api->start_container(echo);
    lab.api->wait_container(echo);
    CHECK(output_of(*lab.api, echo, {}) == "1:hello\n1:hello\n");
    CHECK(output_of(*lab.api, echo, {.follow = true, .tail = "1"}) == "1:hello\n");
    const auto dated = output_of(*lab.api, echo, {.timestamps = true, .tail = "1"});
    CHECK(dated.ends_with("Z hello\n"));
    CHECK(dated.size() == std::string("1:2026-11-21T05:45:26.499003952Z hello\n").size());
    CHECK(output_of(*lab.api, echo, {.since = "4000000000"}).empty());
    int calls = 0;
    lab.api->logs(echo, false, {}, [&](int, std::string_view) { return ++calls < 1; });
    CHECK(calls == 1);
}

TEST_CASE("engine: the output of a terminal has no frames") {
    const Lab lab;
    const auto id = lab.create("tty", {"echo", "hello"}, {{"Tty", true}});
    lab.api->start_container(id);
    lab.api->wait_container(id);
    CHECK(lab.inspect(id).tty);
    std::string text;
    lab.api->logs(id, true, {}, [&](int stream, std::string_view bytes) {
        CHECK(stream == 1);
        text += bytes;
        return true;
    });
    CHECK(text.starts_with("hello"));
}

TEST_CASE("engine: links need a target, and at the start a running one") {
    const Lab lab;
    auto& api = *lab.api;
    const auto link_to = [](const char* target) {
        return Json{{"HostConfig", {{"Links", {std::string(target) + ":alias"}}}}};
    };
    CHECK(failure_of([&] {
              lab.create("web", forever, link_to("orch-test-none"));
          }).kind() == Kind::invalid);
    const auto db = lab.create("db", forever);
    const auto web = lab.create("web", forever, link_to("orch-test-db"));
    const auto error = failure_of([&] { api.start_container(web); });
    CHECK(error.kind() == Kind::remote);
    CHECK(
        error.message() ==
        "Cannot link to a non running container: /orch-test-db AS /orch-test-web/alias"
    );
    api.start_container(db);
    api.start_container(web);
    CHECK(lab.inspect(web).links == std::vector<std::string>{"/orch-test-db:/orch-test-web/alias"});
    const auto row = api.list_containers({{"label", {label + "=db"}}}, true).at(0);
    CHECK(row.names.size() == 2);
    CHECK(row.name() == "orch-test-db");
}

TEST_CASE("engine: ports are published, and refused when taken") {
    const Lab lab;
    auto& api = *lab.api;
    const auto publish = [](const std::string& port) {
        return Json{
            {"ExposedPorts", {{"80/tcp", Json::object()}, {"53/udp", Json::object()}}},
            {"HostConfig",
             {{"PortBindings", {{"80/tcp", {{{"HostIp", "127.0.0.1"}, {"HostPort", port}}}}}}}}};
    };
    const auto any = lab.create("any", forever, publish(""));
    CHECK(lab.inspect(any).ports.empty());
    api.start_container(any);
    const auto ports = lab.inspect(any).ports;
    REQUIRE(ports.size() == 2);
    CHECK(ports[0] == engine::PublishedPort{"", 53, 0, "udp"});
    CHECK(ports[1].ip == "127.0.0.1");
    CHECK(ports[1].container_port == 80);
    CHECK(ports[1].host_port > 0);

    const auto same = lab.create("same", forever, publish(std::to_string(ports[1].host_port)));
    const auto error = failure_of([&] { api.start_container(same); });
    CHECK(error.kind() == Kind::remote);
    CHECK(error.message().find("port is already allocated") != std::string::npos);
    CHECK(lab.inspect(same).status == "created");
    api.stop_container(any, seconds(0));
    api.start_container(same);
    CHECK(lab.inspect(same).running());
}

TEST_CASE("engine: mounts are passed on, and volumes without a name go with their container") {
    const Lab lab;
    auto& api = *lab.api;
    const auto data = lab.create(
        "data",
        forever,
        {{"Volumes", {{"/data", Json::object()}}},
         {"HostConfig", {{"Binds", {"/tmp:/host:ro", "orch-test-v:/v"}}}}}
    );
    const auto user =
        lab.create("user", forever, {{"HostConfig", {{"VolumesFrom", {"orch-test-data:ro"}}}}});
    CHECK(failure_of([&] {
              lab.create("x", forever, {{"HostConfig", {{"VolumesFrom", {"orch-test-none"}}}}});
          }).kind() == Kind::invalid);
    const auto mount = [&](const std::string& id, const std::string& destination) {
        for (const auto& candidate : lab.inspect(id).mounts)
            if (candidate.destination == destination)
                return candidate;
        return engine::Mount{};
    };
    CHECK(mount(data, "/host").type == "bind");
    CHECK(mount(data, "/host").source == "/tmp");
    CHECK_FALSE(mount(data, "/host").writable);
    CHECK(mount(data, "/v").name == "orch-test-v");
    CHECK(mount(data, "/data").type == "volume");
    CHECK(mount(data, "/data").writable);
    CHECK(mount(user, "/data").name == mount(data, "/data").name);
    CHECK_FALSE(mount(user, "/data").writable);
    CHECK(failure_of([&] { api.remove_volume("orch-test-v"); }).kind() == Kind::conflict);
    api.remove_container(user, true, true);
    api.remove_container(data, true, true);
    api.remove_volume("orch-test-v");
    api.remove_volume("orch-test-v"); // it is gone already
}

TEST_CASE("engine: networks") {
    const Lab lab;
    auto& api = *lab.api;
    const Json body{
        {"Name", "orch-test-net"}, {"CheckDuplicate", true}, {"Labels", {{label, "net"}}}};
    const auto id = api.create_network(body);
    CHECK(failure_of([&] { api.create_network(body); }).kind() == Kind::conflict);
    const auto networks = api.list_networks({{"label", {label + "=net"}}});
    REQUIRE(networks.size() == 1);
    CHECK(networks[0].id == id);
    CHECK(networks[0].name == "orch-test-net");
    CHECK(networks[0].driver == "bridge");
    CHECK(networks[0].scope == "local");

    const auto member = lab.create(
        "member",
        forever,
        {{"HostConfig", {{"NetworkMode", "orch-test-net"}}},
         {"NetworkingConfig", {{"EndpointsConfig", {{"orch-test-net", {{"Aliases", {"web"}}}}}}}}}
    );
    api.start_container(member);
    CHECK_FALSE(lab.inspect(member).addresses.at("orch-test-net").empty());
    CHECK(failure_of([&] { api.remove_network(id); }).kind() == Kind::denied);
    api.stop_container(member, seconds(0));
    api.remove_network(id);
    api.remove_network(id); // it is gone already
    CHECK(failure_of([&] { api.start_container(member); }).kind() == Kind::not_found);
}

TEST_CASE("engine: an image is built from a folder") {
    const Lab lab;
    auto& api = *lab.api;
    const test::TempDir dir;
    dir.write("Dockerfile", "FROM busybox\nCOPY wanted /wanted\nENV A=b\nCMD [\"sleep\", \"7\"]\n");
    dir.write("wanted", "x");
    dir.write("secret", "x");
    dir.write(".dockerignore", "secret\n");
    std::string output;
    const auto build = [&](const std::string& dockerfile) {
        return api.build_image(
            {.tag = "orch-test-image", .dockerfile = dockerfile},
            engine::build_context(dir.path(), dockerfile).read,
            [&](const engine::StreamEvent& event) { output += event.stream; }
        );
    };
    const auto id = build("");
    CHECK(output.find("Step 1/4 : FROM busybox") != std::string::npos);
    CHECK(output.find("Successfully built") != std::string::npos);
    const auto image = api.inspect_image("orch-test-image");
    REQUIRE(image.has_value());
    CHECK(image->id == id);
    CHECK(image->tags == std::vector<std::string>{"orch-test-image:latest"});
    CHECK(std::count(image->env.begin(), image->env.end(), "A=b") == 1);
    CHECK(build("") == id); // from the cache

    dir.write("failing", "FROM busybox\nRUN exit 3\n");
    const auto failed = failure_of([&] { build("failing"); });
    CHECK(failed.kind() == Kind::remote);
    CHECK(failed.message() == "The command '/bin/sh -c exit 3' returned a non-zero code: 3");
    dir.write("ignored", "FROM busybox\nCOPY secret /secret\n");
    const auto ignored = failure_of([&] { build("ignored"); });
    CHECK(ignored.message().find("secret: file does not exist") != std::string::npos);
    dir.write("nonsense", "FROMM busybox\n");
    CHECK(failure_of([&] {
              build("nonsense");
          }).message() == "dockerfile parse error line 1: unknown instruction: FROMM");
    api.remove_image("orch-test-image");
    CHECK_FALSE(api.inspect_image("orch-test-image").has_value());
    CHECK(failure_of([&] { api.remove_image("orch-test-image"); }).kind() == Kind::not_found);
}

TEST_CASE("engine: a build whose answer comes before its context was read") {
    const Lab lab;
    const test::TempDir dir;
    dir.write("Dockerfile", "FROMM busybox\n");
    dir.write("large", std::string(8 << 20, 'x'));
    const auto error = failure_of([&] {
        lab.api->build_image(
            {.tag = "orch-test-image"},
            engine::build_context(dir.path(), "").read,
            [](const engine::StreamEvent&) {}
        );
    });
    CHECK(error.message() == "dockerfile parse error line 1: unknown instruction: FROMM");
}

TEST_CASE("engine: an image in use is not removed") {
    const Lab lab;
    lab.create("user", forever);
    CHECK(failure_of([&] { lab.api->remove_image("busybox"); }).kind() == Kind::conflict);
    CHECK(failure_of([&] {
              lab.api->pull_image("UPPER", "", [](const engine::StreamEvent&) {});
          }).kind() == Kind::invalid);
}

TEST_CASE("engine: events tell what happened to a container") {
    const Lab lab;
    auto& api = *lab.api;
    const auto id = lab.create("evented", {"sh", "-c", "exit 3"});
    api.start_container(id);
    api.wait_container(id);
    std::vector<std::string> actions;
    engine::EngineEvent last;
    api.events(
        {{"container", {id}}, {"type", {"container"}}},
        "1",
        [&](const engine::EngineEvent& event) {
            actions.push_back(event.action);
            last = event;
            return event.action != "die";
        }
    );
    CHECK(actions == std::vector<std::string>{"create", "start", "die"});
    CHECK(last.type == "container");
    CHECK(last.id == id);
    CHECK(last.attributes.at("name") == "orch-test-evented");
    CHECK(last.attributes.at("exitCode") == "3");
    CHECK(last.attributes.at(label) == "evented");
    CHECK(last.time_nano > 0);
}
