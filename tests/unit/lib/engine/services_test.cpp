#include "lib/engine/services.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/fake_world.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <vector>

namespace engine = orch::engine;

using Json = nlohmann::json;
using orch::test::error_of;
using orch::test::FunctionHttp;

namespace {

/// A manager that has one service; requests are kept.
struct Manager {
    FunctionHttp http;
    std::vector<orch::http::Request> requests;
    Json spec = Json::parse(R"({
        "Name": "shop_web",
        "Labels": {"com.docker.compose.service": "web"},
        "TaskTemplate": {
            "ContainerSpec": {"Image": "busybox", "Args": ["sleep", "9"]},
            "RestartPolicy": {"Condition": "none"},
            "Placement": {"Constraints": ["node.hostname==b"]}},
        "Mode": {"Replicated": {"Replicas": 2}}})");
    int version = 7;
    int outdated = 0; // so many updates come too late

    Manager() {
        http.handler = [this](const orch::http::Request& request) { return answer(request); };
    }

    orch::http::Response answer(const orch::http::Request& request) {
        requests.push_back(request);
        const auto& url = request.url;
        if (url.ends_with("/version"))
            return {200, {}, R"({"ApiVersion": "1.41", "MinAPIVersion": "1.12", "Version": "20"})"};
        if (url.find("/services/create") != std::string::npos)
            return {201, {}, R"({"ID": "s1", "Warnings": ["careful"]})"};
        if (url.find("/update?version=") != std::string::npos) {
            if (outdated-- > 0) {
                ++version;
                return {
                    500,
                    {},
                    R"({"message": "rpc error: code = Unknown desc = update out of sequence"})"};
            }
            spec = Json::parse(request.body);
            return {200, {}, R"({"Warnings": null})"};
        }
        if (url.ends_with("/services/none"))
            return {404, {}, R"({"message": "service none not found"})"};
        const Json service{{"ID", "s1"}, {"Version", {{"Index", version}}}, {"Spec", spec}};
        return {
            200,
            {},
            url.ends_with("/services/s1") ? service.dump() : Json::array({service}).dump()};
    }

    engine::Services services() {
        return engine::Services(engine::Engine(http, {.socket = "/s"}, {}));
    }
};

} // namespace

TEST_CASE("services: what a list says") {
    Manager manager;
    const auto all = manager.services().list({});
    REQUIRE(all.size() == 1);
    const auto& web = all[0];
    CHECK(web.id == "s1");
    CHECK(web.name == "shop_web");
    CHECK(web.version == 7);
    CHECK(web.replicas == 2);
    CHECK(web.replicated);
    CHECK(web.restart == "none");
    CHECK(web.command == std::vector<std::string>{"sleep", "9"});
    CHECK(web.constraints == std::vector<std::string>{"node.hostname==b"});
    CHECK(web.label("com.docker.compose.service") == "web");
    CHECK(web.label("other").empty());
}

TEST_CASE("services: create sends the spec and the credentials, and returns warnings") {
    Manager manager;
    const auto created = manager.services().create(manager.spec, "token");
    CHECK(created.id == "s1");
    CHECK(created.warnings == std::vector<std::string>{"careful"});
    CHECK(manager.requests.back().headers.at("X-Registry-Auth") == "token");
    CHECK(manager.requests.back().url == "http://docker/v1.41/services/create");
}

TEST_CASE("services: an update is made on what others left") {
    Manager manager;
    manager.outdated = 2;
    manager.services().update(
        "s1", [](Json& spec) { spec["Mode"]["Replicated"]["Replicas"] = 3; }, {}
    );
    CHECK(manager.spec["Mode"]["Replicated"]["Replicas"] == 3);
    CHECK(manager.requests.back().url.ends_with("/services/s1/update?version=9"));
    CHECK_FALSE(manager.requests.back().headers.contains("X-Registry-Auth"));
}

TEST_CASE("services: others that never stop changing it are an error in plain words") {
    Manager manager;
    manager.outdated = 100;
    const auto error = error_of([&] {
        manager.services().update("s1", [](Json& spec) { spec["Name"] = "x"; }, {});
    });
    CHECK(error.message() == "update out of sequence");
}

TEST_CASE("services: nothing is sent when nothing changes") {
    Manager manager;
    manager.services().update("s1", [](Json&) {}, {});
    CHECK(manager.requests.back().method == "GET");
}

TEST_CASE("services: one that is not there") {
    Manager manager;
    CHECK_FALSE(manager.services().inspect("none").has_value());
    manager.services().remove("none");
    CHECK(manager.requests.back().method == "DELETE");
}

TEST_CASE("services: an engine outside of swarms says so at once") {
    FunctionHttp http;
    std::string message = "This node is not a swarm manager. Use \\\"docker swarm init\\\" ...";
    http.handler = [&](const orch::http::Request& request) -> orch::http::Response {
        if (request.url.ends_with("/version"))
            return {200, {}, R"({"ApiVersion": "1.41", "Version": "20"})"};
        return {503, {}, "{\"message\": \"" + message + "\"}"};
    };
    engine::Services services(engine::Engine(http, {.socket = "/s"}, {}));
    CHECK(services.outside());
    message = "This node is not a swarm manager. Worker nodes can't be used to view ...";
    CHECK_FALSE(services.outside());
}

TEST_CASE("services: whose line of the log it is") {
    const auto line = engine::read_service_line(
        "com.docker.swarm.node.id=n,com.docker.swarm.service.id=s,com.docker.swarm.task.id=t1 a b",
        false
    );
    CHECK(line.task == "t1");
    CHECK(line.text == "a b");
    const auto timed = engine::read_service_line(
        "2026-01-01T00:00:00Z com.docker.swarm.task.id=t1,x=y hello", true
    );
    CHECK(timed.time == "2026-01-01T00:00:00Z");
    CHECK(timed.task == "t1");
    CHECK(timed.text == "hello");
    CHECK(
        engine::read_service_line("warning: incomplete log stream", false).text ==
        "warning: incomplete log stream"
    );
}
