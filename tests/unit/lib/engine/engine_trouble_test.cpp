// Engines that are away, odd, slow or of another version.
#include "lib/base/error.hpp"
#include "lib/engine/engine.hpp"
#include "lib/http/curl_client.hpp"
#include "tests/support/fake_engine.hpp"
#include "tests/support/http_server.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace engine = orch::engine;
namespace http = orch::http;
namespace test = orch::test;

using Json = nlohmann::json;
using orch::Kind;
using std::chrono::milliseconds;

namespace {

const Json sleeper{{"Image", "busybox"}, {"Cmd", {"sleep", "1000"}}};

struct Lab {
    test::FakeEngine fake;
    engine::Engine api{fake, {.socket = "/run/docker.sock"}, {}};

    Lab() { fake.add_image("busybox"); }

    std::string start(const std::string& name, const Json& body = sleeper) {
        const auto id = api.create_container(name, body).id;
        api.start_container(id);
        return id;
    }
};

template <class Action>
orch::Error failure_of(Action action) {
    try {
        action();
    } catch (const orch::Error& error) {
        return error;
    }
    throw std::logic_error("it succeeded");
}

void ignore(const engine::StreamEvent&) {}

/// A client that gives one answer to everything but GET /version.
class OneAnswer : public http::Client {
  public:
    explicit OneAnswer(http::Response response) : response_(std::move(response)) {}

    http::Response send(const http::Request& request, const std::stop_token&) override {
        if (request.url.ends_with("/version"))
            return {200, {}, R"({"Version": "20.10", "ApiVersion": "1.41"})"};
        return response_;
    }

  private:
    http::Response response_;
};

orch::Error failure_with(int status, const std::string& body) {
    OneAnswer client({status, {}, body});
    engine::Engine api(client, {.socket = "/s"}, {});
    return failure_of([&] { api.info(); });
}

} // namespace

TEST_CASE("engine trouble: one that is away is named, with what to look at") {
    http::CurlClient client;
    SUBCASE("no socket") {
        engine::Engine api(client, {.socket = "/nonexistent/docker.sock"}, {});
        const auto error = failure_of([&] { api.info(); });
        CHECK(error.kind() == Kind::network);
        CHECK(
            error.message() == "cannot connect to the Docker engine at "
                               "unix:///nonexistent/docker.sock: no such file or directory"
        );
        CHECK(error.hint().find("DOCKER_HOST") != std::string::npos);
    }
    SUBCASE("nobody at the port") {
        int port = 0;
        {
            const test::HttpServer gone([](test::Conversation&) {});
            port = gone.port();
        }
        engine::Engine api(client, {.host = "127.0.0.1", .port = port}, {});
        const auto error = failure_of([&] { api.info(); });
        CHECK(error.kind() == Kind::network);
        CHECK(
            error.message() == "cannot connect to the Docker engine at tcp://127.0.0.1:" +
                                   std::to_string(port) + ": connection refused"
        );
    }
    SUBCASE("no answer in time") {
        test::HttpServer server([](test::Conversation& c) { c.stall(); });
        engine::Engine api(client, {.host = "127.0.0.1", .port = server.port()}, {});
        const auto error = failure_of([&] { api.version(milliseconds(50)); });
        CHECK(error.kind() == Kind::timeout);
        CHECK(error.message().ends_with(": no answer within 50 ms"));
    }
    SUBCASE("no permission for the socket") {
        class Denied : public http::Client {
            http::Response send(const http::Request& request, const std::stop_token&) override {
                throw http::NoAnswer(Kind::denied, request.unix_socket, "permission denied", false);
            }
        } denied;

        engine::Engine api(denied, {.socket = "/run/docker.sock"}, {});
        const auto error = failure_of([&] { api.info(); });
        CHECK(error.kind() == Kind::denied);
        CHECK(error.hint().find("usermod -aG docker") != std::string::npos);
    }
}

TEST_CASE("engine trouble: a connection that breaks in a stream is said to be lost") {
    const test::TempDir dir;
    test::FakeEngine fake;
    test::HttpServer server(dir.path() / "s", [](test::Conversation& c) {
        if (c.target() == "/_ping")
            return c.reply(200, "OK", {{"Api-Version", "1.41"}});
        c.begin(200);
        c.write("{\"status\":\"Downloading\"}");
        c.reset();
    });
    http::CurlClient client;
    engine::Engine api(client, {.socket = dir.path() / "s"}, {});
    const auto error = failure_of([&] { api.pull_image("redis", "", ignore); });
    CHECK(error.kind() == Kind::network);
    CHECK(error.message().starts_with(
        "lost the connection to the Docker engine at unix://" + (dir.path() / "s").string()
    ));
}

TEST_CASE("engine trouble: what the caller's own callbacks throw is left as it is") {
    Lab lab;
    lab.fake.offer_image("redis");
    const auto error = failure_of([&] {
        lab.api.pull_image("redis", "", [](const engine::StreamEvent&) {
            throw orch::Error(Kind::denied, "the pipe is closed");
        });
    });
    CHECK(error.message() == "the pipe is closed");
}

TEST_CASE("engine trouble: every status has its kind, every body gives a message") {
    CHECK(failure_with(400, R"({"message": "bad"})").kind() == Kind::invalid);
    CHECK(failure_with(403, R"({"message": "no"})").kind() == Kind::denied);
    CHECK(failure_with(404, R"({"message": "none"})").kind() == Kind::not_found);
    CHECK(failure_with(409, R"({"message": "taken"})").kind() == Kind::conflict);
    CHECK(failure_with(500, R"({"message": "broken"})").kind() == Kind::remote);
    CHECK(failure_with(501, R"({"message": "cannot"})").kind() == Kind::unsupported);
    CHECK(failure_with(500, R"({"message": " broken\n"})").message() == "broken");
    CHECK(failure_with(500, "plain text\n").message() == "plain text");
    CHECK(failure_with(502, "").message() == "the engine answered with HTTP status 502");
    CHECK(failure_with(500, "{\"other\": 1}").message() == "{\"other\": 1}");
    const auto no_json = failure_with(200, "<html>");
    CHECK(no_json.kind() == Kind::remote);
    CHECK(
        no_json.message() ==
        "the Docker engine at unix:///s answers GET /info with something that is no JSON"
    );
}

TEST_CASE("engine trouble: what answers may be something else") {
    class Stranger : public http::Client {
        http::Response send(const http::Request&, const std::stop_token&) override {
            return {200, {}, "[]"};
        }
    } stranger;

    engine::Engine api(stranger, {.host = "h", .port = 80}, {});
    CHECK(failure_of([&] {
              api.info();
          }).message() == "what answers at tcp://h:80 is no Docker engine");
}

TEST_CASE("engine trouble: an engine that is too old or too new for orch is refused") {
    Lab lab;
    SUBCASE("too old") { lab.fake.speak("1.22", "1.12"); }
    SUBCASE("too new") { lab.fake.speak("1.99", "1.90"); }
    const auto error = failure_of([&] { lab.api.list_containers({}, true); });
    CHECK(error.kind() == Kind::unsupported);
    CHECK_FALSE(error.hint().empty());
}

TEST_CASE("engine trouble: an engine that changed its mind about versions says so") {
    Lab lab;
    CHECK(lab.api.api_version() == "1.41");
    SUBCASE("older") { lab.fake.speak("1.40", "1.12"); }
    SUBCASE("newer") { lab.fake.speak("1.52", "1.44"); }
    const auto error = failure_of([&] { lab.api.info(); });
    CHECK(error.kind() == Kind::unsupported);
    CHECK(error.message().starts_with("client version 1.41 is too "));
}

TEST_CASE("engine trouble: a version is asked for once, by whatever thread comes first") {
    Lab lab;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i)
            threads.emplace_back([&] { lab.api.list_containers({}, true); });
    }
    int questions = 0;
    for (const auto& exchange : lab.fake.journal())
        questions += exchange.path == "/_ping" || exchange.path == "/version" ? 1 : 0;
    CHECK(questions == 1);
}

TEST_CASE("engine trouble: what a ping does not tell is asked for at length") {
    Lab lab;
    const auto asked_at_length = [&] {
        const auto journal = lab.fake.journal();
        return std::any_of(journal.begin(), journal.end(), [](const auto& exchange) {
            return exchange.path == "/version";
        });
    };
    SUBCASE("a standalone swarm has no ping") {
        lab.fake.fail_next("GET", "/_ping", 404, "page not found");
        CHECK(lab.api.api_version() == "1.41");
        CHECK(asked_at_length());
    }
    SUBCASE("a newer engine may refuse what orch speaks") {
        lab.fake.speak("1.52", "1.44");
        CHECK(lab.api.api_version() == "1.47");
        CHECK(asked_at_length());
    }
    SUBCASE("an ordinary one is not bothered") {
        CHECK(lab.api.api_version() == "1.41");
        CHECK_FALSE(asked_at_length());
    }
}

TEST_CASE("engine trouble: who waits for another's question can be interrupted, and may ask again"
) {
    Lab lab;
    lab.fake.stall_next("GET", "/_ping");
    std::stop_source first;
    std::jthread asking([&] {
        CHECK(failure_of([&] {
                  lab.api.with(first.get_token()).info();
              }).kind() == Kind::cancelled);
    });
    while (lab.fake.faults_left() > 0) // until it has asked
        std::this_thread::yield();
    std::stop_source second;
    std::jthread waiting([&] {
        CHECK(failure_of([&] {
                  lab.api.with(second.get_token()).info();
              }).kind() == Kind::cancelled);
    });
    second.request_stop();
    waiting.join();
    first.request_stop();
    asking.join();
    CHECK(lab.api.api_version() == "1.41");
}

TEST_CASE("engine trouble: a stop interrupts what would last for ever") {
    Lab lab;
    std::stop_source source;
    auto api = lab.api.with(source.get_token());
    const auto id = lab.start("web");
    const auto interrupted = [&](auto action) {
        const std::jthread stopper([&] { source.request_stop(); });
        return failure_of(action).kind() == Kind::cancelled;
    };
    SUBCASE("wait") {
        CHECK(interrupted([&] { api.wait_container(id); }));
    }
    SUBCASE("events") {
        CHECK(interrupted([&] {
            api.events({}, "", [](const engine::EngineEvent&) { return true; });
        }));
    }
    SUBCASE("logs") {
        const auto more = [](int, std::string_view) { return true; };
        CHECK(interrupted([&] { api.logs(id, false, {.follow = true}, more); }));
    }
    CHECK(lab.api.inspect_container(id)->running()); // the other copy is not stopped
}

TEST_CASE("engine trouble: logs are followed to the container's end, both streams apart") {
    Lab lab;
    lab.fake.cut_streams(3); // frames come in pieces
    const auto id = lab.start("web");
    lab.fake.print("web", 1, "before");
    std::promise<void> seen;
    const std::jthread process([&] {
        seen.get_future().wait();
        lab.fake.print("web", 2, "after");
        lab.fake.exit("web", 0);
    });
    std::string out;
    std::string err;
    lab.api.logs(id, false, {.follow = true}, [&](int stream, std::string_view bytes) {
        (stream == 1 ? out : err) += bytes;
        if (out == "before\n" && err.empty())
            seen.set_value();
        return true;
    });
    CHECK(out == "before\n");
    CHECK(err == "after\n");
    CHECK(failure_of([&] {
              lab.api.logs("none", false, {}, [](int, auto) { return true; });
          }).kind() == Kind::not_found);
}

TEST_CASE("engine trouble: a pull shows its progress, and its failure wherever that is") {
    Lab lab;
    lab.fake.cut_streams(1);
    lab.fake.offer_image("redis:7");
    lab.fake.break_pull("redis:8", "toomanyrequests: later");
    std::vector<std::string> said;
    lab.api.pull_image("redis:7", "c2VjcmV0", [&](const engine::StreamEvent& event) {
        said.push_back(
            event.status + (event.total == 0 ? "" : " of " + std::to_string(event.total))
        );
    });
    CHECK(said.front() == "Pulling from library/redis");
    CHECK(said.back() == "Status: Downloaded newer image for redis:7");
    CHECK(std::count(said.begin(), said.end(), "Downloading of 1024") == 1);
    CHECK(lab.api.inspect_image("redis:7").has_value());
    const auto journal = lab.fake.journal();
    const auto pull = std::find_if(journal.begin(), journal.end(), [](const auto& exchange) {
        return exchange.path == "/images/create";
    });
    CHECK(pull->query.at("fromImage") == "redis");
    CHECK(pull->query.at("tag") == "7");
    CHECK(pull->headers.at("X-Registry-Auth") == "c2VjcmV0");

    const auto in_stream = failure_of([&] { lab.api.pull_image("redis:8", "", ignore); });
    CHECK(in_stream.kind() == Kind::remote);
    CHECK(in_stream.message() == "toomanyrequests: later");
    const auto unknown = failure_of([&] { lab.api.pull_image("none", "", ignore); });
    CHECK(unknown.kind() == Kind::not_found);
    CHECK(unknown.message().starts_with("pull access denied for none"));
}

TEST_CASE("engine trouble: environments of the old days are sent, not refused") {
    Lab lab;
    auto body = sleeper;
    body["Env"] = {"NAME=caf\xE9"};
    lab.api.create_container("web", body);
    CHECK(lab.fake.container("web")->posted["Env"][0] == "NAME=caf\xEF\xBF\xBD");
}

TEST_CASE("engine trouble: a container that somebody else is removing is removed") {
    Lab lab;
    const auto id = lab.start("web");
    lab.fake.fail_next(
        "DELETE", "/containers/.*", 409, "removal of container " + id + " is already in progress"
    );
    lab.api.remove_container(id, true, true);
    lab.fake.fail_next("DELETE", "/containers/.*", 409, "something else");
    CHECK(failure_of([&] { lab.api.remove_container(id, true, true); }).kind() == Kind::conflict);
}

TEST_CASE("engine trouble: an engine without a builder is told from a failed build") {
    Lab lab;
    const auto build = [&] {
        lab.api.build_image(
            {.tag = "x"}, [](std::span<char>) { return std::size_t{0}; }, ignore
        );
    };
    lab.fake.fail_next("POST", "/build", 404, "page not found");
    CHECK(failure_of(build).kind() == Kind::unsupported);
    CHECK(failure_of(build).message() == "Cannot locate specified Dockerfile: Dockerfile");
}

TEST_CASE("engine: what a killed engine left of a start is in the way of no second one") {
    Lab lab;
    const auto id = lab.api.create_container("web", sleeper).id;
    const std::string left = "failed to create task for container: id already in use";
    lab.fake.fail_next("POST", "/containers/" + id + "/start", 500, left);
    lab.api.start_container(id);
    CHECK(lab.fake.container("web")->state == "running");
    lab.api.stop_container(id, std::chrono::seconds(0));
    lab.fake.fail_next("POST", "/containers/" + id + "/start", 500, left);
    lab.fake.fail_next("POST", "/containers/" + id + "/start", 500, left);
    CHECK(failure_of([&] { lab.api.start_container(id); }).message() == left);
}
