// What is sent to engines of other versions than the lab's: reference rules, each per API version.
#include "tests/unit/compose/scene.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace compose = orch::compose;
namespace test = orch::test;

using Json = nlohmann::json;
using test::Lines;

namespace {

constexpr const char* mac = "02:00:00:00:00:01";

struct Engine {
    const char* api;
    const char* min_api;
    const char* spoken;
};

/// From the floor to today; those above what orch was written against are spoken to in its own.
constexpr Engine engines[] = {
    {"1.24", "1.12", "1.24"},
    {"1.39", "1.12", "1.39"},
    {"1.40", "1.12", "1.40"},
    {"1.43", "1.12", "1.43"},
    {"1.44", "1.24", "1.44"},
    {"1.47", "1.24", "1.47"},
    {"1.52", "1.44", "1.47"},
    {"1.55", "1.40", "1.47"},
};

bool minor_below(const std::string& version, int minor) {
    return std::stoi(version.substr(2)) < minor;
}

/// The create call of a container.
Json posted(const test::Scene& scene, const std::string& name) {
    return scene.fake.container(name)->posted;
}

struct SharedIpc : test::Scene {
    SharedIpc() : Scene({test::service("owner"), test::service("member"), test::service("other")}) {
        at("member").ipc = "service:owner";
    }
};

} // namespace

TEST_CASE("api versions: every call but those that ask for the version says which it is") {
    for (const auto& engine : engines) {
        CAPTURE(std::string(engine.api));
        test::Scene scene({test::service("db"), test::service("web", {"db"})});
        scene.fake.speak(engine.api, engine.min_api);
        scene.up();
        scene.up({.what = {.recreate = compose::Recreate::always}});
        CHECK(scene.states() == Lines{"p_db_1 running", "p_web_1 running"});
        for (const auto& exchange : scene.fake.journal()) {
            CAPTURE(exchange.path);
            const bool asks = exchange.path == "/version" || exchange.path == "/_ping";
            CHECK(exchange.version == (asks ? "" : engine.spoken));
        }
        CHECK(scene.fake.unknown_requests().empty());
    }
}

TEST_CASE("api versions: an address of its own is given to the endpoint from 1.44") {
    for (const auto& engine : engines) {
        CAPTURE(std::string(engine.api));
        test::Scene scene({test::service("web")});
        scene.at("web").mac_address = mac;
        scene.fake.speak(engine.api, engine.min_api);
        scene.up();
        const auto sent = posted(scene, "p_web_1");
        if (minor_below(engine.spoken, 44)) {
            CHECK(sent["MacAddress"] == mac);
            CHECK_FALSE(sent.contains("NetworkingConfig"));
        } else {
            CHECK_FALSE(sent.contains("MacAddress"));
            const auto& ends = sent["NetworkingConfig"]["EndpointsConfig"];
            CHECK(ends == Json({{"bridge", {{"MacAddress", mac}}}}));
        }
    }
}

TEST_CASE("api versions: on a network of the user one endpoint says all, below 1.44 as well") {
    for (const auto& engine : engines) {
        CAPTURE(std::string(engine.api));
        test::Scene scene({test::service("db"), test::service("web", {"db"})});
        for (const auto* name : {"db", "web"})
            scene.at(name).network = {compose::NetworkMode::Kind::mode, "backend"};
        scene.fake.speak(engine.api, engine.min_api);
        scene.engine.create_network({{"Name", "backend"}});
        scene.up();
        const auto sent = posted(scene, "p_web_1");
        CHECK(sent["HostConfig"]["Links"].empty());
        CHECK(sent["NetworkingConfig"]["EndpointsConfig"].size() == 1);
        CHECK(sent["NetworkingConfig"]["EndpointsConfig"]["backend"].contains("Links"));
    }
}

TEST_CASE("api versions: no binding is an empty list, so no engine warns of it") {
    for (const auto& engine : engines) {
        CAPTURE(std::string(engine.api));
        test::Scene scene({test::service("web")});
        scene.at("web").ports = {{"", "", 80, "tcp"}, {"", "", 53, "udp"}};
        scene.fake.speak(engine.api, engine.min_api);
        scene.up();
        const auto bindings = posted(scene, "p_web_1")["HostConfig"]["PortBindings"];
        const auto random = Json::array({{{"HostIp", ""}, {"HostPort", ""}}});
        CHECK(bindings == Json({{"80/tcp", random}, {"53/udp", random}}));
        for (const auto& line : scene.recorder.lines())
            CHECK(line.find("warning") == std::string::npos);
    }
}

TEST_CASE("api versions: what the engine says about a container is shown once, by its name") {
    test::Scene scene({test::service("db"), test::service("web", {"db"})});
    scene.fake.speak("1.55", "1.40");
    scene.up();
    const auto lines = scene.recorder.lines();
    const auto told = std::count_if(lines.begin(), lines.end(), [](const std::string& line) {
        return line.find("default bridge network are deprecated") != std::string::npos;
    });
    CHECK(told == 1);
    CHECK(scene.recorder.has("Links on the default bridge network are deprecated p_web_1 warning"));
}

TEST_CASE("api versions: what owns a shared IPC namespace says so where the default is private") {
    for (const auto& engine : engines) {
        CAPTURE(std::string(engine.api));
        SharedIpc scene;
        scene.fake.speak(engine.api, engine.min_api);
        scene.up();
        const auto owner = posted(scene, "p_owner_1")["HostConfig"];
        if (minor_below(engine.spoken, 40))
            CHECK_FALSE(owner.contains("IpcMode")); // it is shareable there
        else
            CHECK(owner["IpcMode"] == "shareable");
        CHECK(posted(scene, "p_member_1")["HostConfig"]["IpcMode"] == "container:p_owner_1");
        CHECK_FALSE(posted(scene, "p_other_1")["HostConfig"].contains("IpcMode"));
    }
}

TEST_CASE("api versions: an IPC mode of the file's own stays as it is written") {
    SharedIpc scene;
    scene.at("owner").ipc = "host";
    scene.up();
    CHECK(posted(scene, "p_owner_1")["HostConfig"]["IpcMode"] == "host");
}
