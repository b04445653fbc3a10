#include "lib/engine/api_version.hpp"
#include "lib/engine/filters.hpp"
#include "lib/engine/read.hpp"
#include "lib/engine/standalone.hpp"
#include "tests/support/fake_engine.hpp"

#include <doctest/doctest.h>

namespace engine = orch::engine;

using Json = nlohmann::json;

namespace {

/// The manager of a standalone swarm, which passes most things on to an engine.
struct Manager : orch::http::Client {
    orch::test::FakeEngine node;
    std::vector<std::string> engines{"20.10.24+dfsg1", "24.0.7"};
    std::vector<std::string> paths;

    orch::http::Response
    send(const orch::http::Request& request, const std::stop_token& stop) override {
        paths.push_back(request.url.substr(request.url.find('/', 8)));
        const auto& path = paths.back();
        if (path == "/_ping")
            return {200, {{"api-version", "1.30"}}, "OK"};
        if (path == "/version")
            return {200, {}, R"({"Version": "swarm/1.2.9", "ApiVersion": "1.30"})"};
        if (path.find("/info") == std::string::npos)
            return node.send(request, stop);
        auto rows = Json::parse(R"([["Role", "primary"], ["Nodes", "2"]])");
        for (const auto& each : engines)
            rows.insert(
                rows.end(),
                {{" n", "10.0.0.1:2376"}, {"  └ Status", "Healthy"}, {"  └ ServerVersion", each}}
            );
        return {200, {}, Json{{"SystemStatus", rows}}.dump()};
    }
};

} // namespace

TEST_CASE("standalone: what all nodes understand is spoken, whatever the manager says of itself") {
    Manager manager;
    engine::Engine there(manager, {.host = "10.0.0.9", .port = 2375}, {});
    SUBCASE("the older engine decides") { CHECK(there.api_version() == "1.41"); }
    SUBCASE("no more than orch speaks") {
        manager.engines = {"29.0.1"};
        CHECK(there.api_version() == engine::highest_api);
    }
    SUBCASE("old managers do not tell") {
        manager.engines = {};
        CHECK(there.api_version() == engine::lowest_api);
    }
    CHECK(engine::Standalone(there).there());
    CHECK(manager.paths == std::vector<std::string>{"/_ping", "/version", "/v1.24/info"});
}

TEST_CASE("standalone: a version that is asked for does not hide what is there") {
    Manager manager;
    engine::Engine there(manager, {.host = "10.0.0.9", .port = 2375, .api_version = "1.35"}, {});
    CHECK(there.api_version() == "1.35");
    CHECK(engine::Standalone(there).there());
}

TEST_CASE("standalone: an engine costs one ping") {
    orch::test::FakeEngine fake;
    engine::Engine there(fake, {.host = "10.0.0.9", .port = 2375}, {});
    CHECK_FALSE(engine::Standalone(there).there());
    CHECK(fake.journal().size() == 1);
}

TEST_CASE("standalone: what releases of the engine speak") {
    CHECK(engine::api_of_engine("20.10.24+dfsg1") == "1.41");
    CHECK(engine::api_of_engine("1.12.6") == "1.24");
    CHECK(engine::api_of_engine("17.03.2-ce") == "1.26");
    CHECK(engine::api_of_engine("19.03.15") == "1.40");
    CHECK(engine::api_of_engine("28.5.2") == "1.48");
    CHECK(engine::api_of_engine("29.3.0") == "1.54");
    CHECK(engine::api_of_engine("library-import") == "1.24");
    CHECK(engine::api_of_engine("") == "1.24");
}

TEST_CASE("standalone: filters that a manager passes over are done on our side") {
    const engine::Filters filters{
        {"type", {"container"}}, {"event", {"start", "exec_start"}}, {"label", {"a=1", "b"}}};
    const engine::Labels labels{{"a", "1"}, {"b", ""}, {"c", "2"}};
    CHECK(engine::labels_fit(filters, labels));
    CHECK_FALSE(engine::labels_fit(filters, {{"a", "2"}, {"b", ""}}));
    CHECK_FALSE(engine::labels_fit(filters, {{"a", "1"}}));
    CHECK(engine::labels_fit({}, {}));
    CHECK(engine::event_fits(filters, {"container", "start", "x", labels}));
    CHECK(engine::event_fits(filters, {"container", "exec_start: /bin/true", "x", labels}));
    CHECK_FALSE(engine::event_fits(filters, {"network", "start", "x", labels}));
    CHECK_FALSE(engine::event_fits(filters, {"container", "die", "x", labels}));
    CHECK_FALSE(engine::event_fits(filters, {"container", "start", "x", {}}));
}

TEST_CASE("standalone: lists name the node and the container, links come from others") {
    const auto there = engine::read_container_summary(
        Json::parse(R"({"Id": "1", "Names": ["/n2/p_web_1/db", "/n2/p_db_1"]})")
    );
    CHECK(there.name() == "p_db_1");
    CHECK(there.node() == "n2");
    const auto here = engine::read_container_summary(
        Json::parse(R"({"Id": "1", "Names": ["/p_web_1/db", "/p_db_1"]})")
    );
    CHECK(here.name() == "p_db_1");
    CHECK(here.node().empty());
}

TEST_CASE("standalone: every row of a node") {
    const auto info = engine::read_classic_info(Json::parse(R"J({"SystemStatus": [
        ["Role", "replica"], ["Primary", "10.0.0.8:3376"], ["Strategy", "binpack"], ["Nodes", "1"],
        [" a", "10.0.0.1:2376"], ["  └ ID", "ABCD|10.0.0.1:2376"], ["  └ Status", "Healthy"],
        ["  └ Containers", "3 (2 Running, 0 Paused, 1 Stopped)"], ["  └ Reserved CPUs", "0 / 2"],
        ["  └ Reserved Memory", "0 B / 24.72 GiB"], ["  └ Labels", "a=1, storage=ssd"],
        ["  └ Error", "(none)"], ["  └ UpdatedAt", "2026-01-01T00:00:00Z"],
        ["  └ ServerVersion", "24.0.7"]]})J"));
    CHECK(info.primary == "10.0.0.8:3376");
    const auto* node = info.find("a");
    REQUIRE(node != nullptr);
    CHECK(node->healthy());
    CHECK(node->id == "ABCD|10.0.0.1:2376");
    CHECK(node->containers == "3 (2 Running, 0 Paused, 1 Stopped)");
    CHECK(node->cpus == "0 / 2");
    CHECK(node->memory == "0 B / 24.72 GiB");
    CHECK(node->labels == "a=1, storage=ssd");
    CHECK(node->error.empty());
    CHECK(node->engine == "24.0.7");
    CHECK(info.find("b") == nullptr);
}
