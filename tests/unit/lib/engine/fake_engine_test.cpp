// The double itself, where the tests of Engine do not reach it.
#include "lib/base/error.hpp"
#include "lib/engine/engine.hpp"
#include "lib/http/curl_client.hpp"
#include "tests/support/engine_server.hpp"
#include "tests/support/fake_engine.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace http = orch::http;
namespace test = orch::test;

using Json = nlohmann::json;

namespace {

http::Response post(test::FakeEngine& engine, const std::string& path, const Json& body = {}) {
    return engine.send(
        {.method = "POST",
         .url = "http://docker/v1.41" + path,
         .body = body.is_null() ? "" : body.dump()},
        {}
    );
}

http::Response get(test::FakeEngine& engine, const std::string& path) {
    return engine.send({.url = "http://docker" + path}, {});
}

} // namespace

TEST_CASE("fake engine: what it does not know is answered loudly and remembered") {
    test::FakeEngine engine;
    const auto response = post(engine, "/containers/web/exec");
    CHECK(response.status == 501);
    CHECK(response.body.find("no route for POST /containers/web/exec") != std::string::npos);
    CHECK(engine.unknown_requests() == std::vector<std::string>{"POST /containers/web/exec"});
}

TEST_CASE("fake engine: versions outside of its window are refused as by an engine") {
    test::FakeEngine engine;
    engine.speak("1.52", "1.44");
    CHECK(get(engine, "/v1.44/info").status == 200);
    CHECK(get(engine, "/info").status == 200);
    const auto low = get(engine, "/v1.43/info");
    CHECK(low.status == 400);
    CHECK(
        low.body.find("client version 1.43 is too old. Minimum supported API version is 1.44") !=
        std::string::npos
    );
    CHECK(get(engine, "/v1.53/info").body.find("too new") != std::string::npos);
    CHECK(get(engine, "/v1.19/info").body.starts_with("client version")); // plain text below 1.24
}

TEST_CASE("fake engine: answers change with the version as an engine's do") {
    test::FakeEngine engine;
    engine.speak("1.52", "1.24");
    engine.add_image("busybox");
    post(engine, "/containers/create?name=web", {{"Image", "busybox"}});
    const auto settings = [&](const std::string& version) {
        const auto answer = get(engine, "/v" + version + "/containers/web/json");
        return Json::parse(answer.body)["NetworkSettings"];
    };
    CHECK(settings("1.41").contains("IPAddress"));
    CHECK_FALSE(settings("1.52").contains("IPAddress"));
    CHECK(settings("1.52")["Networks"].contains("bridge"));
}

TEST_CASE("fake engine: faults hit the next request that fits, once") {
    test::FakeEngine engine;
    engine.add_image("busybox");
    post(engine, "/containers/create?name=one", {{"Image", "busybox"}});
    post(engine, "/containers/create?name=two", {{"Image", "busybox"}});
    engine.fail_next("POST", "/containers/two/start", 500, "broken");
    CHECK(post(engine, "/containers/one/start").status == 204);
    const auto failed = post(engine, "/containers/two/start");
    CHECK(failed.status == 500);
    CHECK(Json::parse(failed.body)["message"] == "broken");
    CHECK(post(engine, "/containers/two/start").status == 204);

    engine.drop_next("POST", "/containers/one/stop");
    CHECK_THROWS_AS(post(engine, "/containers/one/stop"), http::NoAnswer);
    CHECK(engine.container("one")->running());
    engine.drop_next("POST", "/containers/one/stop", true);
    CHECK_THROWS_AS(post(engine, "/containers/one/stop"), http::NoAnswer);
    CHECK_FALSE(engine.container("one")->running()); // it had its effect

    engine.stall_next("GET", "/info");
    CHECK_THROWS_AS(
        engine.send({.url = "http://d/info", .timeout = std::chrono::milliseconds(1)}, {}),
        http::NoAnswer
    );
}

TEST_CASE("fake engine: the journal keeps what was asked, also what failed") {
    test::FakeEngine engine;
    post(engine, "/containers/create?name=web", {{"Image", "none"}});
    const auto journal = engine.journal();
    REQUIRE(journal.size() == 1);
    CHECK(journal[0].method == "POST");
    CHECK(journal[0].path == "/containers/create");
    CHECK(journal[0].query.at("name") == "web");
    CHECK(journal[0].version == "1.41");
    CHECK(journal[0].body["Image"] == "none");
    CHECK(journal[0].status == 404);
}

TEST_CASE("fake engine: ports that others use are refused, ranges take the next one") {
    test::FakeEngine engine;
    engine.add_image("busybox");
    engine.occupy_port(8000);
    const auto publish = [](const char* port) {
        return Json{
            {"Image", "busybox"},
            {"HostConfig", {{"PortBindings", {{"80/tcp", {{{"HostPort", port}}}}}}}}};
    };
    post(engine, "/containers/create?name=fixed", publish("8000"));
    CHECK(post(engine, "/containers/fixed/start").status == 500);
    post(engine, "/containers/create?name=ranged", publish("8000-8001"));
    CHECK(post(engine, "/containers/ranged/start").status == 204);
    const auto shown = Json::parse(get(engine, "/v1.41/containers/ranged/json").body);
    CHECK(shown["NetworkSettings"]["Ports"]["80/tcp"][0]["HostPort"] == "8001");
}

TEST_CASE("fake engine: a container with AutoRemove leaves nothing") {
    test::FakeEngine engine;
    engine.add_image("busybox", {{"Volumes", {{"/data", Json::object()}}}});
    post(
        engine,
        "/containers/create?name=once",
        {{"Image", "busybox"}, {"Cmd", {"true"}}, {"HostConfig", {{"AutoRemove", true}}}}
    );
    CHECK(engine.volumes().size() == 1);
    CHECK(post(engine, "/containers/once/start").status == 204);
    CHECK(engine.containers().empty());
    CHECK(engine.volumes().empty());
}

TEST_CASE("fake engine: an image offered again is another one") {
    test::FakeEngine engine;
    engine.offer_image("redis");
    const auto pull = [&] {
        post(engine, "/images/create?fromImage=redis&tag=latest");
        return Json::parse(get(engine, "/v1.41/images/redis/json").body)["Id"];
    };
    const auto first = pull();
    CHECK(pull() == first);
    engine.offer_image("redis");
    CHECK(pull() != first);
}

TEST_CASE("fake engine: served on a socket it is the same engine") {
    test::FakeEngine fake;
    fake.add_image("busybox");
    const test::TempDir dir;
    const test::EngineServer server(fake, dir.path() / "docker.sock");
    http::CurlClient client;
    std::stop_source source;
    orch::engine::Engine api(client, {.socket = dir.path() / "docker.sock"}, source.get_token());

    const auto id =
        api.create_container("web", {{"Image", "busybox"}, {"Cmd", {"sleep", "1000"}}}).id;
    api.start_container(id);
    CHECK(fake.container("web")->running());
    const auto made = client.send(
        {.method = "POST",
         .url = "http://d/volumes/create",
         .body = "{}",
         .unix_socket = dir.path() / "docker.sock"},
        {}
    );
    CHECK(made.status == 201);
    CHECK(made.headers.at("content-type") == "application/json");
    CHECK(api.list_containers({}, false).size() == 1);
    CHECK_FALSE(api.inspect_container("none").has_value());
    fake.print("web", 1, "hello");
    std::string output;
    api.logs(id, false, {}, [&](int, std::string_view bytes) {
        output += bytes;
        return true;
    });
    CHECK(output == "hello\n");
    // On a kept connection a reset looks like one that went stale, and the request is sent again.
    fake.drop_next("POST", "/containers/.*/kill");
    api.kill_container(id, "WINCH");
    http::CurlClient fresh;
    fake.drop_next("GET", "/version");
    CHECK_THROWS_AS(
        orch::engine::Engine(fresh, api.endpoint(), std::stop_token()).version(), orch::Error
    );

    const std::jthread stopper([&] { source.request_stop(); });
    CHECK_THROWS_AS(api.wait_container(id), orch::Error); // its process runs on
    CHECK(fake.container("web")->running());
}
