#include "lib/base/error.hpp"
#include "lib/http/curl_client.hpp"
#include "lib/log/log.hpp"
#include "tests/support/http_server.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace http = orch::http;
namespace test = orch::test;

using orch::Kind;
using test::Conversation;

namespace {

http::NoAnswer failure_of(http::Client& client, const http::Request& request) {
    try {
        client.send(request, {});
    } catch (const http::NoAnswer& error) {
        return error;
    }
    throw std::logic_error("an answer came");
}

/// A body source that gives the text in pieces of at most `step` bytes.
auto source_of(std::string text, std::size_t step) {
    return [text = std::move(text), step, at = std::size_t{0}](std::span<char> buffer) mutable {
        const auto count = std::min({step, buffer.size(), text.size() - at});
        std::copy_n(text.begin() + static_cast<std::ptrdiff_t>(at), count, buffer.begin());
        at += count;
        return count;
    };
}

} // namespace

TEST_CASE("curl client: a request arrives as it was given, and its answer comes back") {
    test::HttpServer server([](Conversation& c) {
        const auto body = c.body();
        c.reply(
            201,
            c.method() + " " + c.target() + " " + c.header("x-note") + " " + body,
            {{"X-Answer", "yes"}}
        );
    });
    http::CurlClient client;
    const auto response = client.send(
        {.method = "POST",
         .url = server.url() + "/a%20b?c=d",
         .headers = {{"X-Note", "hello"}},
         .body = "text"},
        {}
    );
    CHECK(response.status == 201);
    CHECK(response.ok());
    CHECK(response.body == "POST /a%20b?c=d hello text");
    CHECK(response.headers.at("x-answer") == "yes");
}

TEST_CASE("curl client: methods, with and without a body") {
    test::HttpServer server([](Conversation& c) {
        const auto body = c.body();
        c.reply(
            200,
            c.method() + "|" + body + "|" + c.header("content-length") + "|" +
                c.header("content-type") + "|" + c.header("expect")
        );
    });
    http::CurlClient client;
    const auto answer = [&](http::Request request) {
        request.url = server.url() + "/";
        return client.send(request, {}).body;
    };
    CHECK(answer({.method = "GET"}) == "GET||||");
    CHECK(answer({.method = "DELETE"}) == "DELETE||||");
    CHECK(answer({.method = "DELETE", .body = "x"}) == "DELETE|x|1||");
    CHECK(answer({.method = "POST"}) == "POST||0||");
    CHECK(
        answer({.method = "PUT", .headers = {{"Content-Type", "a/b"}}, .body = "x"}) ==
        "PUT|x|1|a/b|"
    );
    CHECK(answer({.method = "HEAD"}).empty());
    const std::string large(3 << 20, 'x'); // curl would like to ask first: Expect: 100-continue
    CHECK(
        answer({.method = "POST", .body = large}) ==
        "POST|" + large + "|" + std::to_string(large.size()) + "||"
    );
}

TEST_CASE("curl client: any status is an answer") {
    test::HttpServer server([](Conversation& c) { c.reply(404, "no such thing"); });
    http::CurlClient client;
    bool called = false;
    const auto response = client.send(
        {.url = server.url(), .on_chunk = [&](std::string_view) { return called = true; }}, {}
    );
    CHECK(response.status == 404);
    CHECK_FALSE(response.ok());
    CHECK(response.body == "no such thing"); // also when chunks were asked for: it is no 2xx
    CHECK_FALSE(called);
}

TEST_CASE("curl client: talks to a unix socket and keeps the connection") {
    const test::TempDir dir;
    test::HttpServer server(dir.path() / "s", [](Conversation& c) { c.reply(200, c.target()); });
    http::CurlClient client;
    for (int i = 0; i < 5; ++i) {
        const auto response =
            client.send({.url = "http://docker/v1.41/info", .unix_socket = dir.path() / "s"}, {});
        CHECK(response.body == "/v1.41/info");
    }
    CHECK(server.connections() == 1);
}

TEST_CASE("curl client: finds the connection of a peer again among others") {
    test::HttpServer first([](Conversation& c) { c.reply(200, "1"); });
    test::HttpServer second([](Conversation& c) { c.reply(200, "2"); });
    http::CurlClient client;
    for (int i = 0; i < 4; ++i) {
        CHECK(client.send({.url = first.url()}, {}).body == "1");
        CHECK(client.send({.url = second.url()}, {}).body == "2");
    }
    CHECK(first.connections() == 1);
    CHECK(second.connections() == 1);
}

TEST_CASE("curl client: a body source is sent in chunks") {
    test::HttpServer server([](Conversation& c) {
        const auto body = c.body();
        c.reply(200, c.header("transfer-encoding") + "|" + c.header("expect") + "|" + body);
    });
    http::CurlClient client;
    const std::string text(200'000, 'y');
    const auto response = client.send(
        {.method = "POST", .url = server.url(), .body_source = source_of(text, 1000)}, {}
    );
    CHECK(response.body == "chunked||" + text);
}

TEST_CASE("curl client: an answer streams in while it is made, on the caller's thread") {
    std::promise<void> first_piece_seen;
    test::HttpServer server([&](Conversation& c) {
        c.begin(200);
        c.write("one ");
        first_piece_seen.get_future().wait(); // the client cannot wait for the end
        c.write("two");
        c.end();
    });
    http::CurlClient client;
    std::string seen;
    const auto caller = std::this_thread::get_id();
    bool same_thread = true;
    const auto response = client.send(
        {.url = server.url(),
         .on_chunk =
             [&](std::string_view chunk) {
                 same_thread = same_thread && std::this_thread::get_id() == caller;
                 if (seen.empty())
                     first_piece_seen.set_value();
                 seen += chunk;
                 return true;
             }},
        {}
    );
    CHECK(seen == "one two");
    CHECK(response.body.empty());
    CHECK(same_thread);
}

TEST_CASE("curl client: a chunk callback ends an endless answer without an error") {
    test::HttpServer server([](Conversation& c) {
        c.begin(200);
        while (c.write("tick")) {
        }
    });
    http::CurlClient client;
    int chunks = 0;
    const auto response = client.send(
        {.url = server.url(), .on_chunk = [&](std::string_view) { return ++chunks < 3; }}, {}
    );
    CHECK(response.status == 200);
    CHECK(chunks == 3);
}

TEST_CASE("curl client: what a callback throws comes out of send") {
    test::HttpServer server([](Conversation& c) { c.reply(200, "body"); });
    http::CurlClient client;
    CHECK_THROWS_WITH(
        client.send(
            {.url = server.url(),
             .on_chunk = [](std::string_view) -> bool { throw std::runtime_error("from chunk"); }},
            {}
        ),
        "from chunk"
    );
    CHECK_THROWS_WITH(
        client.send(
            {.method = "POST",
             .url = server.url(),
             .body_source = [](std::span<char>) -> std::size_t {
                 throw std::runtime_error("from source");
             }},
            {}
        ),
        "from source"
    );
    CHECK(client.send({.url = server.url()}, {}).body == "body"); // and the client lives on
}

TEST_CASE("curl client: a kept connection that the server closed is not noticed") {
    // The server drops each connection after its first answer, without telling.
    std::atomic<int> requests{0};
    test::HttpServer server([&](Conversation& c) {
        const auto body = c.body();
        ++requests;
        c.reply(200, body);
        c.close();
    });
    http::CurlClient client;
    for (int i = 0; i < 20; ++i) {
        const auto body = std::to_string(i);
        CHECK(client.send({.method = "POST", .url = server.url(), .body = body}, {}).body == body);
    }
    for (int i = 0; i < 20; ++i) {
        const auto response = client.send(
            {.method = "POST", .url = server.url(), .body_source = source_of("streamed", 3)}, {}
        );
        CHECK(response.body == "streamed");
    }
    CHECK(requests == 40);
}

TEST_CASE("curl client: a connection that dies under the second request is replaced") {
    // The close comes only when the next request is already there: the worst moment.
    std::atomic<int> conversations{0};
    test::HttpServer server([&](Conversation& c) {
        if (++conversations == 2)
            return c.reset();
        c.body();
        c.reply(200, "fine");
    });
    http::CurlClient client;
    CHECK(client.send({.url = server.url()}, {}).body == "fine");
    CHECK(client.send({.method = "POST", .url = server.url(), .body = "again"}, {}).body == "fine");
    CHECK(server.connections() == 2);
}

TEST_CASE("curl client: what went wrong is told apart") {
    http::CurlClient client;

    SUBCASE("nobody listens") {
        std::string url;
        {
            const test::HttpServer gone([](Conversation&) {});
            url = gone.url();
        }
        const auto error = failure_of(client, {.url = url + "/v1/x"});
        CHECK(error.kind() == Kind::network);
        CHECK(error.cause() == "connection refused");
        CHECK(error.message() == "cannot reach " + url.substr(7) + ": connection refused");
    }
    SUBCASE("there is no socket") {
        const auto error =
            failure_of(client, {.url = "http://docker/", .unix_socket = "/nonexistent/socket"});
        CHECK(error.kind() == Kind::network);
        CHECK(error.message() == "cannot reach /nonexistent/socket: no such file or directory");
    }
    SUBCASE("the host has no address") {
        const auto error = failure_of(client, {.url = "http://nobody.invalid:8080/x"});
        CHECK(error.kind() == Kind::network);
        CHECK(error.cause() == "no address is known for nobody.invalid");
    }
    SUBCASE("the answer does not come in time") {
        test::HttpServer server([](Conversation& c) { c.stall(); });
        const auto error =
            failure_of(client, {.url = server.url(), .timeout = std::chrono::milliseconds(50)});
        CHECK(error.kind() == Kind::timeout);
        CHECK(error.cause() == "no answer within 50 ms");
        CHECK_FALSE(error.begun());
    }
    SUBCASE("the connection ends without an answer") {
        test::HttpServer server([](Conversation& c) { c.close(); });
        const auto error = failure_of(client, {.url = server.url()});
        CHECK(error.kind() == Kind::network);
        CHECK(error.cause() == "the server closed the connection without an answer");
    }
    SUBCASE("the connection is reset") {
        test::HttpServer server([](Conversation& c) { c.reset(); });
        const auto error = failure_of(client, {.url = server.url()});
        CHECK(error.kind() == Kind::network);
        CHECK_FALSE(error.begun());
    }
    SUBCASE("the answer breaks off") {
        test::HttpServer server([](Conversation& c) {
            c.begin(200);
            c.write("half");
            c.reset();
        });
        const auto error = failure_of(client, {.url = server.url()});
        CHECK(error.kind() == Kind::network);
        CHECK(error.begun());
        CHECK(error.message().starts_with("lost the connection to 127.0.0.1:"));
    }
    SUBCASE("what answers does not speak HTTP") {
        test::HttpServer server([](Conversation& c) {
            c.send_raw("SSH-2.0-OpenSSH_9.2\r\n");
            c.close();
        });
        CHECK(failure_of(client, {.url = server.url()}).kind() == Kind::network);
    }
    SUBCASE("the url is none") {
        CHECK(failure_of(client, {.url = "nonsense://x"}).kind() == Kind::invalid);
    }
}

TEST_CASE("curl client: a stop interrupts at once, wherever the exchange is") {
    http::CurlClient client;
    std::promise<void> arrived;
    const auto kind_of = [&](const http::Request& request, const std::stop_token& stop) {
        try {
            client.send(request, stop);
        } catch (const orch::Error& error) {
            return error.kind();
        }
        return Kind::internal;
    };

    SUBCASE("before it began") {
        std::stop_source source;
        source.request_stop();
        CHECK(kind_of({.url = "http://127.0.0.1:1/"}, source.get_token()) == Kind::cancelled);
    }
    SUBCASE("while waiting for the answer") {
        test::HttpServer server([&](Conversation& c) {
            arrived.set_value();
            c.stall();
        });
        std::stop_source source;
        const std::jthread stopper([&] {
            arrived.get_future().wait();
            source.request_stop();
        });
        const auto began = std::chrono::steady_clock::now();
        CHECK(kind_of({.url = server.url()}, source.get_token()) == Kind::cancelled);
        CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(5));
    }
    SUBCASE("in a callback's own thread") {
        test::HttpServer server([&](Conversation& c) {
            c.begin(200);
            c.write("x");
            c.stall();
        });
        std::stop_source source;
        const http::Request request{
            .url = server.url(),
            .on_chunk = [&](std::string_view) { return source.request_stop(); },
            .timeout = {}};
        CHECK(kind_of(request, source.get_token()) == Kind::cancelled);
    }
}

TEST_CASE("curl client: many threads share one client") {
    const test::TempDir dir;
    test::HttpServer server(dir.path() / "s", [](Conversation& c) { c.reply(200, c.target()); });
    http::CurlClient client;
    std::atomic<int> good{0};
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 8; ++t)
            threads.emplace_back([&, t] {
                for (int i = 0; i < 25; ++i) {
                    const auto path = "/" + std::to_string(t) + "/" + std::to_string(i);
                    const auto response = client.send(
                        {.url = "http://docker" + path, .unix_socket = dir.path() / "s"}, {}
                    );
                    good += response.body == path ? 1 : 0;
                }
            });
    }
    CHECK(good == 200);
    CHECK(server.connections() <= 8);
}

TEST_CASE("curl client: the log shows exchanges, but neither queries nor headers") {
    test::HttpServer server([](Conversation& c) { c.reply(200, ""); });
    std::string log;
    orch::log::set_writer([&](std::string_view category, std::string_view line) {
        log += std::string(category) + ": " + std::string(line) + "\n";
    });
    http::CurlClient client;
    client.send(
        {.url = server.url() + "/path?token=hidden",
         .headers = {{"Authorization", "hidden"}, {"X-Registry-Auth", "hidden"}}},
        {}
    );
    CHECK_THROWS_AS(client.send({.url = "http://127.0.0.1:1/p?token=hidden"}, {}), http::NoAnswer);
    orch::log::set_writer({});
    CHECK(log.find("GET " + server.url() + "/path: 200") != std::string::npos);
    CHECK(log.find("connection refused") != std::string::npos);
    CHECK(log.find("hidden") == std::string::npos);
}

TEST_CASE("http: escape leaves only what may stand in a query value") {
    CHECK(http::escape("aZ09-._~") == "aZ09-._~");
    CHECK(http::escape("a b/c?d&e=f+g") == "a%20b%2Fc%3Fd%26e%3Df%2Bg");
    CHECK(http::escape("\xC3\xBC\x01") == "%C3%BC%01");
}
