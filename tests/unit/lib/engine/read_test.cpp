#include "lib/base/error.hpp"
#include "lib/engine/read.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

namespace engine = orch::engine;

using Json = nlohmann::json;

TEST_CASE("read: a container's row, its own name among the names of links") {
    const auto summary = engine::read_container_summary(Json::parse(R"({
        "Id": "ed79", "Names": ["/x3/db", "/web"], "Image": "busybox", "ImageID": "sha256:02",
        "Command": "sleep 1000", "Created": 1795239923, "Labels": {"a": "b"}, "State": "running",
        "Status": "Up 3 minutes", "Ports": [
            {"IP": "0.0.0.0", "PrivatePort": 80, "PublicPort": 18080, "Type": "tcp"},
            {"PrivatePort": 53, "Type": "udp"}]})"));
    CHECK(summary.name() == "web");
    CHECK(summary.created == 1795239923);
    CHECK(summary.labels.at("a") == "b");
    CHECK(
        summary.ports ==
        std::vector<engine::PublishedPort>{{"0.0.0.0", 80, 18080, "tcp"}, {"", 53, 0, "udp"}}
    );
}

TEST_CASE("read: a row without names is called by its id, and null stands for empty") {
    const auto summary = engine::read_container_summary(
        Json::parse(R"({"Id": "0123456789abcdef", "Names": null, "Ports": null, "Labels": null})")
    );
    CHECK(summary.name() == "0123456789ab");
    CHECK(summary.ports.empty());
    CHECK(summary.labels.empty());
}

TEST_CASE("read: a container's addresses are those of its networks") {
    const auto container = engine::read_container(Json::parse(R"({
        "Id": "ed79", "Name": "/web", "Created": "2026-11-21T05:45:23.433862397Z",
        "Image": "sha256:02", "State": {"Status": "exited", "ExitCode": 137,
            "FinishedAt": "2026-11-21T05:46:00.5Z", "Health": {"Status": "healthy"}},
        "Config": {"Image": "busybox", "Tty": true, "Env": ["A=b"], "Entrypoint": "sh",
            "Cmd": ["-c", "x"], "Labels": {"l": "v"}},
        "HostConfig": {"Links": ["/db:/web/alias"], "NetworkMode": "n1",
            "LogConfig": {"Type": "json-file"}},
        "Mounts": [{"Type": "volume", "Name": "v", "Source": "/s", "Destination": "/d",
            "Mode": "z", "RW": true}],
        "NetworkSettings": {"IPAddress": "", "Ports": {"80/tcp": [
            {"HostIp": "0.0.0.0", "HostPort": "8080"}, {"HostIp": "::", "HostPort": "8080"}],
            "53/udp": null},
            "Networks": {"n1": {"IPAddress": "10.0.0.2"}, "n2": {"IPAddress": ""}}}})"));
    CHECK(container.name == "web");
    CHECK(container.status == "exited");
    CHECK_FALSE(container.running());
    CHECK(container.exit_code == 137);
    CHECK(container.finished_nano == 1795239960'500'000'000);
    CHECK(container.tty);
    CHECK(container.health == "healthy");
    CHECK(container.entrypoint == std::vector<std::string>{"sh"});
    CHECK(container.command == std::vector<std::string>{"-c", "x"});
    CHECK(container.links == std::vector<std::string>{"/db:/web/alias"});
    CHECK(container.mounts.at(0).destination == "/d");
    CHECK(container.mounts.at(0).writable);
    CHECK(container.addresses.at("n1") == "10.0.0.2");
    CHECK(
        container.ports ==
        std::vector<engine::PublishedPort>{
            {"", 53, 0, "udp"}, {"0.0.0.0", 80, 8080, "tcp"}, {"::", 80, 8080, "tcp"}}
    );
}

TEST_CASE("read: an image without a configuration has none") {
    const auto bare = engine::read_image(Json::parse(R"({"Id": "sha256:1", "RepoTags": null})"));
    CHECK(bare.id == "sha256:1");
    CHECK(bare.tags.empty());
    CHECK(bare.volumes.empty());
    const auto full = engine::read_image(Json::parse(
        R"({"Id": "1", "RepoTags": ["a:1"], "Config": {"Volumes": {"/data": {}},
            "ExposedPorts": {"6379/tcp": {}}, "Env": ["A=b"]}})"
    ));
    CHECK(full.volumes == std::vector<std::string>{"/data"});
    CHECK(full.exposed == std::vector<std::string>{"6379/tcp"});
}

TEST_CASE("read: a failure inside a stream is thrown with the engine's message") {
    const auto read = [](const char* text) { return engine::read_stream_event(Json::parse(text)); };
    CHECK_THROWS_WITH_AS(
        read(R"({"errorDetail": {"code": 1, "message": "it failed\n"}, "error": "other"})"),
        "it failed",
        orch::Error
    );
    CHECK_THROWS_WITH_AS(read(R"({"error": "old engines"})"), "old engines", orch::Error);
    const auto event = read(
        R"({"status": "Downloading", "progressDetail": {"current": 5, "total": 10}, "id": "ab"})"
    );
    CHECK(event.status == "Downloading");
    CHECK(event.current == 5);
    CHECK(event.total == 10);
    CHECK(event.id == "ab");
    CHECK(read(R"({"aux": {"ID": "sha256:1"}})").aux_id == "sha256:1");
}

TEST_CASE("read: events are taken from their actor") {
    const auto event = engine::read_event(Json::parse(
        R"({"Type": "container", "Action": "die", "timeNano": 1795239927002428113,
            "Actor": {"ID": "bc", "Attributes": {"name": "web", "exitCode": "1"}}})"
    ));
    CHECK(event.type == "container");
    CHECK(event.action == "die");
    CHECK(event.id == "bc");
    CHECK(event.attributes.at("exitCode") == "1");
    CHECK(event.time_nano == 1795239927002428113);
}

TEST_CASE("read: an exit code, or why there is none") {
    CHECK(engine::read_exit_code(Json::parse(R"({"StatusCode": 3, "Error": null})")) == 3);
    CHECK_THROWS_WITH_AS(
        engine::read_exit_code(Json::parse(R"({"StatusCode": 0, "Error": {"Message": "gone"}})")),
        "gone",
        orch::Error
    );
}
