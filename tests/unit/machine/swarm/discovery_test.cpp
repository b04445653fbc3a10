#include "machine/swarm/cluster.hpp"
#include "machine/swarm/discovery.hpp"
#include "machine/swarm/preflight.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/fake_root.hpp"
#include "tests/unit/machine/swarm/fixture.hpp"

#include <doctest/doctest.h>

namespace swarm = orch::machine::swarm;

using orch::Kind;
using orch::test::error_of;
using orch::test::SwarmFixture;
using swarm::ClusterKind;

TEST_CASE("discovery: what each scheme means") {
    struct Row {
        const char* text;
        ClusterKind kind;
        const char* rest;
        const char* kept;
    };

    for (const auto& row : {
             Row{"token://abc", ClusterKind::token, "abc", "token://abc"},
             Row{"machine://m1", ClusterKind::machine, "m1", "machine://m1"},
             Row{"swarm://SWMTKN-1-a-b@h:2377", ClusterKind::outside, "h:2377", "swarm://h:2377"},
             Row{"swarm://SWMTKN-1-a-b@h", ClusterKind::outside, "h:2377", "swarm://h:2377"},
             Row{"swarm://h:99", ClusterKind::outside, "h:99", "swarm://h:99"},
             Row{"swarm://[fd00::1]",
                 ClusterKind::outside,
                 "[fd00::1]:2377",
                 "swarm://[fd00::1]:2377"},
             Row{"consul://h:8500/p", ClusterKind::standalone, "h:8500/p", "consul://h:8500/p"},
             Row{"nodes://a:1,b:1", ClusterKind::standalone, "a:1,b:1", "nodes://a:1,b:1"},
         }) {
        CAPTURE(row.text);
        const auto parsed = swarm::parse_discovery(row.text);
        CHECK(parsed.kind == row.kind);
        CHECK(parsed.rest == row.rest);
        CHECK(parsed.kept == row.kept);
    }
    CHECK(swarm::parse_discovery("swarm://T@h").token.reveal() == "T");
    for (const auto* bad : {"", "what", "://x", "token://", "swarm://T@", "ftp://h"}) {
        CAPTURE(bad);
        const auto error = error_of([&] { swarm::parse_discovery(bad); });
        CHECK(error.kind() == Kind::invalid);
        CHECK(error.hint().find("token://ID") != std::string::npos);
    }
    CHECK(
        error_of([] { swarm::parse_discovery("swarm://SECRET@"); }).message().find("SECRET") ==
        std::string::npos
    );
}

TEST_CASE("discovery: tokens are new each time") {
    const auto token = swarm::new_token();
    CHECK(token.size() == 32);
    CHECK(token.find_first_not_of("0123456789abcdef") == std::string::npos);
    CHECK(token != swarm::new_token());
}

TEST_CASE_FIXTURE(SwarmFixture, "discovery: without one it is the only master's swarm") {
    const orch::machine::SwarmOptions agent{.is_swarm = true, .agent = true};
    const orch::machine::SwarmOptions master{.is_swarm = true, .master = true};
    CHECK(error_of([&] {
              swarm::settled_discovery(agent, "w1", store);
          }).kind() == Kind::not_found);
    CHECK(swarm::settled_discovery(master, "m9", store) == "machine://m9");
    CHECK(swarm::common_discovery(store).starts_with("token://"));

    make(1, true, "consul://192.0.2.9:8500"); // a standalone swarm is none of them
    CHECK(error_of([&] {
              swarm::settled_discovery(agent, "w1", store);
          }).kind() == Kind::not_found);
    make(2, true);
    make(3, true);
    CHECK(swarm::settled_discovery(agent, "w1", store) == "token://hive");
    CHECK(swarm::settled_discovery(master, "m9", store) == "token://hive");
    CHECK(swarm::common_discovery(store) == "token://hive");

    make(4, true, "machine://m4");
    const auto error = error_of([&] { swarm::settled_discovery(agent, "w1", store); });
    CHECK(error.kind() == Kind::conflict);
    CHECK(error.message() == "this store has masters of 2 swarms: machine://m4, token://hive");
    CHECK(error.hint() == "say which one: --swarm-discovery machine://m4");
}

TEST_CASE("preflight: scripts are plain shell, and their words are found") {
    for (const auto& script :
         {swarm::preflight_script(), swarm::reach_script({"10.0.0.1:2377", "[fd00::1]:2377"})})
        CHECK(orch::test::syntax_error({"/bin/sh"}, script) == "");
    CHECK(
        swarm::lacks_in("noise\n@@orch lack one thing\n@@orch lack another\n") ==
        std::vector<std::string>{"one thing", "another"}
    );
}

TEST_CASE("preflight: how far clocks are apart") {
    using std::chrono::seconds;
    CHECK(
        swarm::difference("2026-01-02T03:04:05.123456789Z", "2026-01-02T03:04:35Z") == seconds(30)
    );
    CHECK(swarm::difference("2026-01-02T05:04:05.5+02:00", "2026-01-02T03:04:05Z") == seconds(0));
    CHECK_FALSE(swarm::difference("", "2026-01-02T03:04:05Z"));
}
