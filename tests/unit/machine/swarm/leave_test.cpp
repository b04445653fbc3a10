#include "machine/swarm/leave.hpp"
#include "tests/support/error_of.hpp"
#include "tests/unit/machine/swarm/fixture.hpp"

#include <doctest/doctest.h>

using orch::Kind;
using orch::test::error_of;
using orch::test::SwarmFixture;

TEST_CASE_FIXTURE(SwarmFixture, "leave: a worker is drained, leaves and is listed no more") {
    make_three();
    leave(2);
    CHECK(swarm.local_state(address(2)) == "inactive");
    CHECK(swarm.node_count(address(1)) == 2);
    CHECK(store.load("m2").membership.node.empty());
    CHECK(store.load("m2").swarm.discovery == "token://hive"); // provision brings it back
    join(2);
    CHECK(role(2) == "worker");
}

TEST_CASE_FIXTURE(SwarmFixture, "leave: a manager among others is demoted first") {
    make_three(true);
    leave(1);
    CHECK(swarm.local_state(address(1)) == "inactive");
    CHECK(swarm.node_count(address(2)) == 2);
    CHECK(role(2) == "manager");
}

TEST_CASE_FIXTURE(SwarmFixture, "leave: the last manager stays while there are workers") {
    make_three();
    const auto error = error_of([&] { leave(1); });
    CHECK(error.kind() == Kind::conflict);
    CHECK(
        error.message() ==
        "m1 is the last manager of its swarm that answers, and there are 2 more nodes"
    );
    CHECK(role(1) == "manager");
    leave(1, true);
    CHECK(swarm.local_state(address(1)) == "inactive");
}

TEST_CASE_FIXTURE(SwarmFixture, "leave: all of them can go, managers last") {
    make_three();
    const auto order =
        orch::machine::swarm::in_order_of_leaving({"m1", "m2", "none", "m3"}, context);
    CHECK(order == std::vector<std::string>{"m2", "none", "m3", "m1"});
    for (const int number : {2, 3, 1})
        leave(number);
    CHECK(swarm.local_state(address(1)) == "inactive");
}

TEST_CASE_FIXTURE(SwarmFixture, "leave: a swarm that could decide nothing afterwards is not left") {
    make_three(true);
    swarm.set_alive(address(3), false);
    const auto error = error_of([&] { leave(1); });
    CHECK(error.kind() == Kind::conflict);
    CHECK(
        error.message().find("only 1 of the swarm's 2 managers would answer") != std::string::npos
    );
    CHECK(swarm.node(address(1))->availability == "active"); // nothing was begun
    leave(3);                                                // the dead one may go
    CHECK(swarm.node_count(address(1)) == 2);
    leave(1);
    CHECK(swarm.node_count(address(2)) == 1);
}

TEST_CASE_FIXTURE(SwarmFixture, "leave: a dead worker is taken from the list") {
    make_three();
    swarm.set_alive(address(2), false);
    leave(2);
    CHECK(swarm.node_count(address(1)) == 2);
    CHECK(store.load("m2").membership.node.empty());
}

TEST_CASE_FIXTURE(SwarmFixture, "leave: without a manager only by force") {
    make_three();
    swarm.set_alive(address(1), false);
    const auto error = error_of([&] { leave(2); });
    CHECK(error.kind() == Kind::network);
    CHECK(error.message() == "no manager answers that could let m2 out of its swarm");
    leave(2, true);
    CHECK(swarm.local_state(address(2)) == "inactive");
}
