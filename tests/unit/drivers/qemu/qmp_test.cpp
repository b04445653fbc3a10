#include "drivers/qemu/qmp.hpp"
#include "lib/base/error.hpp"
#include "tests/support/qmp_server.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using orch::Error;
using orch::Kind;
using orch::drivers::qemu::qmp;
using orch::test::QmpServer;
using std::chrono::milliseconds;

namespace {

struct Scene {
    orch::test::TempDir dir;
    std::filesystem::path socket = dir / "monitor";

    [[nodiscard]] Kind failure(milliseconds patience = milliseconds(5000)) const {
        try {
            qmp(socket, "query-status", {}, patience);
        } catch (const Error& error) {
            return error.kind();
        }
        return Kind::internal;
    }
};

} // namespace

TEST_CASE_FIXTURE(Scene, "qmp: events that come before the answer are passed over") {
    const QmpServer server(socket, [](const std::string&) {
        return "{\"timestamp\": {}, \"event\": \"RTC_CHANGE\"}\r\n"
               "{\"event\": \"SHUTDOWN\", \"data\": {\"guest\": true}}\r\n"
               "{\"return\": {\"status\": \"paused\", \"running\": false}}\r\n";
    });
    CHECK(qmp(socket, "query-status", {}).at("status") == "paused");
    CHECK(qmp(socket, "query-status", {}).at("running") == false);
    CHECK(server.commands() == std::vector<std::string>{"query-status", "query-status"});
}

TEST_CASE_FIXTURE(Scene, "qmp: what QEMU refuses is said in its words") {
    const QmpServer server(socket, [](const std::string&) {
        return "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"no such command\"}}\r\n";
    });
    CHECK_THROWS_WITH_AS(qmp(socket, "nonsense", {}), "QEMU refuses: no such command", orch::Error);
}

TEST_CASE_FIXTURE(Scene, "qmp: nobody there, somebody who goes, somebody who is silent") {
    CHECK(failure() == Kind::network);
    {
        const QmpServer server(socket, [](const std::string&) { return ""; });
        CHECK(failure() == Kind::network);
    }
    std::filesystem::remove(socket);
    const QmpServer busy(
        socket, [](const std::string&) { return ""; }, ""
    );
    CHECK(failure(milliseconds(50)) == Kind::timeout);
}

TEST_CASE_FIXTURE(Scene, "qmp: what is no JSON is an error, and a stop is one at once") {
    const QmpServer server(socket, [](const std::string&) { return "hello\r\n"; });
    CHECK(failure() == Kind::invalid);
    std::stop_source stop;
    stop.request_stop();
    CHECK_THROWS_WITH_AS(qmp(socket, "quit", stop.get_token()), "interrupted", orch::Error);
    CHECK(server.commands() == std::vector<std::string>{"query-status"});
}
