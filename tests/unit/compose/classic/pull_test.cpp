#include "compose/container_spec.hpp"
#include "compose/observed.hpp"
#include "compose/provide_image.hpp"
#include "tests/support/error_of.hpp"
#include "tests/unit/compose/scene.hpp"

#include <doctest/doctest.h>

namespace compose = orch::compose;
namespace test = orch::test;

using Json = nlohmann::json;

namespace {

/// The manager of two nodes, one of which cannot pull: its status is that of success.
struct PullingManager : orch::http::Client {
    orch::http::Response
    send(const orch::http::Request& request, const std::stop_token& stop) override {
        static_cast<void>(stop);
        if (request.url.find("/images/create") == std::string::npos)
            return {200, {{"api-version", "1.41"}}, "OK"};
        request.on_chunk(
            R"({"id": "a", "status": "Pulling redis:7..."}{"id": "b", "status": "Pulling redis:7..."})"
        );
        request.on_chunk(
            R"({"id": "a", "status": "Pulling redis:7... : downloaded"})"
            R"({"error": "b: no space left", "errorDetail": {"message": "b: no space left"}})"
        );
        return {200, {}, ""};
    }
};

} // namespace

TEST_CASE("classic pull: every node is told of, and one that fails is an error") {
    PullingManager manager;
    orch::engine::Engine engine(manager, {.host = "10.0.0.9", .port = 2375}, {});
    test::Recorder recorder;
    const auto error = test::error_of([&] {
        compose::pull_image(
            engine,
            {.reference = "redis:7", .subject = "redis:7", .auth = {}, .output = {}},
            recorder
        );
    });
    CHECK(error.message() == "b: no space left");
    CHECK(
        recorder.lines() ==
        test::Lines{
            "Pulling redis:7... a working",
            "Pulling redis:7... b working",
            "Pulling redis:7... : downloaded a done"}
    );
}

TEST_CASE("classic keeper: it has the volumes, and is nothing that the file asks for") {
    auto db = test::service("db");
    db.ports.push_back({"", "5432", 5432});
    const compose::Project project{
        .name = "p", .dir = "/w", .files = {"/w/docker-compose.yml"}, .services = {db}};
    const compose::CreateContainer call{
        .service = "db",
        .number = 2,
        .name = "p_db_2",
        .carried = {{"c0ffee", "/data", "rw"}},
        .carried_anonymous = {"c0ffee"},
        .keeper_image = "sha256:1"};
    const auto body = compose::keeper_body(project, db, call, {"constraint:node==b"});
    CHECK(body["Image"] == "sha256:1");
    CHECK(body["Env"] == Json::array({"constraint:node==b"}));
    CHECK(body["HostConfig"] == Json{{"Binds", Json::array({"c0ffee:/data:rw"})}});
    CHECK(body["Labels"]["com.docker.compose.config-hash"] == "");
    CHECK(body["Labels"]["com.docker.compose.container-number"] == "2");
    CHECK(body["Labels"][compose::labels::carried_volumes] == "c0ffee");
    CHECK_FALSE(body.contains("ExposedPorts"));
}
