// What the rest of the program sees of members: ls, env --swarm, swarm ps.
#include "machine/list.hpp"
#include "machine/swarm/nodes.hpp"
#include "machine/swarm_endpoint.hpp"
#include "tests/support/error_of.hpp"
#include "tests/unit/machine/swarm/fixture.hpp"

#include <doctest/doctest.h>

namespace machine = orch::machine;

using orch::Kind;
using orch::test::error_of;
using orch::test::SwarmFixture;

namespace {

std::string checked(SwarmFixture& fixture, const std::string& name) {
    return machine::check_swarm(
        fixture.context,
        fixture.store.load(name),
        "tcp://" + SwarmFixture::address(name.back() - '0') + ":2376",
        std::chrono::seconds(1),
        {}
    );
}

} // namespace

TEST_CASE_FIXTURE(SwarmFixture, "members: ls shows masters by their name, others by the first's") {
    make(1, false);
    make(2, true);
    make(3, true);
    for (const int number : {2, 3, 1})
        join(number);
    const auto rows =
        machine::list(context, std::chrono::seconds(5), "tcp://192.0.2.3:2376", fake.job);
    REQUIRE(rows.size() == 3);
    CHECK(rows[0].swarm == "m2");
    CHECK(rows[0].masters == std::vector<std::string>{"m2", "m3"});
    CHECK(rows[1].swarm == "m2 (master)");
    CHECK(rows[2].swarm == "m3 (master)");
    CHECK(rows[2].active_swarm);
    CHECK_FALSE(rows[1].active_swarm);
}

TEST_CASE_FIXTURE(SwarmFixture, "members: env --swarm points at an engine that is a manager") {
    make_three(true);
    CHECK(checked(*this, "m2") == "tcp://192.0.2.2:2376");
    leave(2);
    auto again = store.load("m2"); // as if nobody had noticed
    again.membership.node = "node2";
    store.save(again);
    const auto error = error_of([&] { checked(*this, "m2"); });
    CHECK(error.kind() == Kind::conflict);
    CHECK(error.message() == "the engine of m2 is no manager of its swarm (inactive)");
    CHECK(error.hint() == "orch machine provision m2 makes it one again");
}

TEST_CASE_FIXTURE(SwarmFixture, "members: swarm ps lists nodes with their machines") {
    make_three();
    for (const auto* name : {"", "m3"}) {
        const auto rows = machine::swarm::nodes(name, context, fake.job);
        REQUIRE(rows.size() == 3);
        CHECK(rows[0].machine == "m1");
        CHECK(rows[0].node.manager());
        CHECK(rows[2].machine == "m3");
        CHECK(rows[2].node.address == "192.0.2.3");
    }
    swarm.set_alive(address(1), false);
    CHECK(error_of([&] {
              machine::swarm::nodes("m3", context, fake.job);
          }).kind() == Kind::network);
    auto alone = make(4, false);
    alone.swarm.is_swarm = false;
    store.save(alone);
    CHECK(error_of([&] {
              machine::swarm::nodes("m4", context, fake.job);
          }).kind() == Kind::invalid);
}

TEST_CASE_FIXTURE(SwarmFixture, "members: who left by itself for another swarm stays there") {
    make_three();
    swarm.forget(address(2));
    auto other = store.load("m2");
    other.name = "m9"; // the same engine, by another name, in another swarm
    other.swarm.master = true;
    other.swarm.discovery = "token://other";
    other.membership = {};
    store.save(other);
    join(9);
    leave(2);
    CHECK(swarm.node_count(address(1)) == 2);
    CHECK(role(2) == "manager"); // of the other one
}
