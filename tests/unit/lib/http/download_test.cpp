#include "lib/fs/files.hpp"
#include "lib/http/curl_client.hpp"
#include "lib/http/download.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/fake_world.hpp"
#include "tests/support/http_server.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <atomic>

using orch::Kind;
using orch::test::Conversation;
using orch::test::error_of;
using orch::test::HttpServer;

namespace {

/// A server of one file that it can send in parts.
struct Mirror {
    std::string content = std::string(300'000, 'a') + std::string(300'000, 'b');
    bool ranges = true;
    std::atomic<int> breaks{0}; // so often the connection breaks half way
    std::atomic<int> requests{0};
    std::atomic<int> busy{0}; // so often it has no time
    HttpServer server{[this](Conversation& talk) { serve(talk); }};

    void serve(Conversation& talk) {
        ++requests;
        if (talk.target() == "/old")
            return talk.reply(302, "", {{"location", "dir/../file"}});
        if (talk.target() == "/round")
            return talk.reply(302, "", {{"location", "/round"}});
        if (talk.target() == "/gone")
            return talk.reply(404, "no such file");
        if (busy-- > 0)
            return talk.reply(503, "busy");
        const auto wish = talk.header("range");
        const auto from = ranges && !wish.empty() ? std::stoul(wish.substr(6)) : 0;
        if (from >= content.size())
            return talk.reply(
                416, "", {{"content-range", "bytes */" + std::to_string(content.size())}}
            );
        send(talk, from);
    }

    void send(Conversation& talk, std::size_t from) {
        const auto rest = content.substr(from);
        const auto range = "bytes " + std::to_string(from) + "-" +
                           std::to_string(content.size() - 1) + "/" +
                           std::to_string(content.size());
        const std::string head =
            from == 0 ? "HTTP/1.1 200 OK\r\n"
                      : "HTTP/1.1 206 Partial Content\r\nContent-Range: " + range + "\r\n";
        talk.send_raw(head + "Content-Length: " + std::to_string(rest.size()) + "\r\n\r\n");
        if (breaks-- > 0) {
            talk.send_raw(rest.substr(0, rest.size() / 2));
            return talk.close();
        }
        talk.send_raw(rest);
        talk.close();
    }
};

struct Fetch {
    Mirror mirror;
    orch::test::TempDir dir;
    orch::test::FakeClock clock;
    orch::http::CurlClient client;
    std::filesystem::path file = dir.path() / "image.part";

    void run(const std::string& path = "/file") {
        orch::http::download(client, {.url = mirror.server.url() + path, .file = file}, clock, {});
    }

    [[nodiscard]] bool whole() const { return orch::fs::read_file(file) == mirror.content; }
};

} // namespace

TEST_CASE_FIXTURE(Fetch, "download: the whole file, through a redirect") {
    run("/old");
    CHECK(whole());
    CHECK(mirror.requests == 2);
}

TEST_CASE_FIXTURE(Fetch, "download: what breaks off goes on where it stopped") {
    mirror.breaks = 7; // more often than vain attempts are made
    std::uint64_t last = 0;
    bool backwards = false;
    orch::http::download(
        client,
        {.url = mirror.server.url() + "/file",
         .file = file,
         .on_progress =
             [&](std::uint64_t current, std::uint64_t total) {
                 backwards = backwards || current < last || total != mirror.content.size();
                 last = current;
             }},
        clock,
        {}
    );
    CHECK(whole());
    CHECK_FALSE(backwards);
    CHECK(mirror.requests == 8);
}

TEST_CASE_FIXTURE(Fetch, "download: a server that cannot go on starts again") {
    mirror.ranges = false;
    mirror.breaks = 2;
    run();
    CHECK(whole());
}

TEST_CASE_FIXTURE(Fetch, "download: a part from before is used, a whole one only compared") {
    orch::fs::write_atomic(file, mirror.content.substr(0, 400'000), 0644);
    run();
    CHECK(whole());
    run();
    CHECK(whole());
    CHECK(mirror.requests == 2);
    orch::fs::write_atomic(file, mirror.content + "too much", 0644);
    run();
    CHECK(whole());
}

TEST_CASE_FIXTURE(Fetch, "download: a busy server is asked again, but not for ever") {
    mirror.busy = 3;
    run();
    CHECK(whole());
    std::filesystem::remove(file);
    mirror.busy = 100;
    const auto error = error_of([&] { run(); });
    CHECK(error.kind() == Kind::remote);
    CHECK(error.message().find("/file") != std::string::npos);
}

TEST_CASE_FIXTURE(Fetch, "download: what is not there, and redirects without end") {
    const auto gone = error_of([&] { run("/gone"); });
    CHECK(gone.kind() == Kind::not_found);
    CHECK(gone.message().find("HTTP 404") != std::string::npos);
    CHECK(error_of([&] { run("/round"); }).kind() == Kind::remote);
}

TEST_CASE_FIXTURE(Fetch, "download: a disk that takes no more is named") {
    file = "/dev/full";
    CHECK(error_of([&] { run(); }).message().find("/dev/full") != std::string::npos);
}

TEST_CASE_FIXTURE(Fetch, "download: a dead server keeps what came") {
    orch::fs::write_atomic(file, "some", 0644);
    const auto url = [] { return HttpServer([](Conversation&) {}).url() + "/file"; }();
    const auto error =
        error_of([&] { orch::http::download(client, {.url = url, .file = file}, clock, {}); });
    CHECK(error.kind() == Kind::network);
    CHECK(orch::fs::read_file(file) == "some");
}

TEST_CASE("client: a stream that stalls is given up, and the message says how long it was waited") {
    HttpServer server([](Conversation& talk) {
        talk.begin(200);
        talk.write("one");
        talk.stall();
    });
    orch::http::Request request{.url = server.url()};
    request.timeout = std::chrono::milliseconds(0);
    request.stall_timeout = std::chrono::seconds(1);
    orch::http::CurlClient client;
    const auto error = error_of([&] { client.send(request, {}); });
    CHECK(error.kind() == Kind::timeout);
    CHECK(error.message().find("nothing came for 1 s") != std::string::npos);
}

TEST_CASE_FIXTURE(Fetch, "fetch_text: a small file, or why not") {
    CHECK(orch::http::fetch_text(client, mirror.server.url() + "/old", {}) == mirror.content);
    const auto url = mirror.server.url() + "/gone";
    CHECK(error_of([&] { orch::http::fetch_text(client, url, {}); }).kind() == Kind::not_found);
}
