#include "drivers/kit/api.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/fake_world.hpp"

#include <doctest/doctest.h>

#include <ctime>
#include <deque>

namespace kit = orch::drivers::kit;
namespace http = orch::http;
using orch::Kind;
using orch::test::error_of;

namespace {

/// A cloud that answers from a list; an Error in it is thrown.
struct Cloud : orch::test::FakeWorld {
    std::deque<std::function<http::Response()>> answers;
    std::vector<http::Request> requests;
    kit::Api api{
        {.driver = "cumulus",
         .base = "https://api.example.org/v1",
         .authorize = [](http::Request& request) { request.headers["Authorization"] = "Bearer x"; },
         .read_refusal =
             [](const http::Response& answer) {
                 return kit::Refusal{answer.body, "the words", "req-1"};
             },
         .passing = {"locked"}},
        http,
        clock,
        {},
    };

    Cloud() {
        http.handler = [this](const http::Request& request) {
            requests.push_back(request);
            REQUIRE_FALSE(answers.empty());
            const auto answer = answers.front();
            answers.pop_front();
            return answer();
        };
    }

    void say(int status, std::string body = "{}", std::map<std::string, std::string> headers = {}) {
        answers.push_back([=] { return http::Response{status, headers, body}; });
    }

    void break_off(bool connected) {
        answers.push_back([=]() -> http::Response {
            throw http::NoAnswer(Kind::network, "it", "connection reset", false, connected);
        });
    }

    std::chrono::seconds waited(const std::function<void()>& work) {
        const auto start = clock.now();
        work();
        return std::chrono::duration_cast<std::chrono::seconds>(clock.now() - start);
    }
};

const kit::Call look{.what = "look at server 7", .path = "/servers/7"};
const kit::Call create{
    .what = "create server",
    .method = "POST",
    .path = "/servers",
    .body = {{"name", "a"}},
    .makes = true};

} // namespace

TEST_CASE_FIXTURE(Cloud, "api: base, credentials and body go out, JSON comes back") {
    say(201, R"({"id": 7})");
    CHECK(api.ask(create)["id"] == 7);
    const auto& request = requests.front();
    CHECK(request.url == "https://api.example.org/v1/servers");
    CHECK(request.method == "POST");
    CHECK(request.body == R"({"name":"a"})");
    CHECK(request.headers.at("Authorization") == "Bearer x");
    CHECK(request.headers.at("Content-Type") == "application/json");
    say(204, "");
    CHECK(api.ask(look).is_null());
}

TEST_CASE_FIXTURE(Cloud, "api: a refusal has the provider's code, words and request id") {
    say(404, "not_found");
    const auto error = error_of([&] { api.ask(look); });
    CHECK(error.kind() == Kind::not_found);
    CHECK(
        error.message() ==
        "cumulus: look at server 7: not_found: the words (HTTP 404, request-id req-1)"
    );
    say(401, "unauthorized");
    CHECK(error_of([&] { api.ask(look); }).kind() == Kind::denied);
    CHECK(requests.size() == 2);
}

TEST_CASE_FIXTURE(Cloud, "api: what passes by itself is tried again, as the server says when") {
    say(429, "", {{"retry-after", "7"}});
    say(429, "", {{"ratelimit-reset", std::to_string(std::time(nullptr) + 20)}});
    say(423, "locked");
    say(500, "");
    say(200);
    const auto pause = waited([&] { api.ask(look); });
    CHECK(pause.count() >= 26);
    CHECK(pause.count() <= 45);
    CHECK(requests.size() == 5);
}

TEST_CASE_FIXTURE(Cloud, "api: a server may say a date, and not the day after tomorrow") {
    char text[64];
    const auto later = std::time(nullptr) + 10;
    std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", std::gmtime(&later));
    say(503, "", {{"retry-after", text}});
    say(503, "", {{"retry-after", "200000"}});
    say(200);
    const auto pause = waited([&] { api.ask(look); });
    CHECK(pause.count() >= 309 - 1);
    CHECK(pause.count() <= 311);
}

TEST_CASE_FIXTURE(Cloud, "api: not for ever") {
    for (int i = 0; i < 8; ++i)
        say(502, "");
    CHECK(error_of([&] { api.ask(look); }).message().find("HTTP 502") != std::string::npos);
    CHECK(answers.empty());
}

TEST_CASE_FIXTURE(Cloud, "api: a broken connection is no end for a question") {
    break_off(true);
    break_off(false);
    say(200, "[]");
    CHECK(api.ask(look).is_array());
}

TEST_CASE_FIXTURE(Cloud, "api: what makes something is not sent again once it may have arrived") {
    break_off(false); // no connection: nothing can have happened
    break_off(true);
    CHECK_THROWS_AS(api.ask(create), kit::Lost);
    CHECK(requests.size() == 2);
    CHECK(requests.back().once);
    say(500, "");
    CHECK_THROWS_AS(api.ask(create), kit::Lost);
    say(429, "");
    say(201, "{}");
    CHECK_NOTHROW(api.ask(create));
}

TEST_CASE_FIXTURE(Cloud, "api: after a lost answer it is looked for before it is made again") {
    int made = 0;
    const auto make = [&] {
        ++made;
        return api.ask(create);
    };
    break_off(true);
    const auto found = kit::make_once(make, [] { return std::optional(kit::Json{{"id", 1}}); });
    CHECK(found["id"] == 1);
    CHECK(made == 1);
    break_off(true);
    say(201, R"({"id": 2})");
    CHECK(kit::make_once(make, [] { return std::optional<kit::Json>(); })["id"] == 2);
    CHECK(made == 3);
}

TEST_CASE_FIXTURE(Cloud, "api: an answer that is no JSON is the server's fault, with the place") {
    say(200, "<html>");
    const auto error = error_of([&] { api.ask(look); });
    CHECK(error.kind() == Kind::remote);
    CHECK(error.message() == "cumulus: look at server 7: the answer is no JSON");
}
