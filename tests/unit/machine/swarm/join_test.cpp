#include "lib/fs/files.hpp"
#include "machine/swarm/advertise.hpp"
#include "machine/swarm/join.hpp"
#include "tests/support/error_of.hpp"
#include "tests/unit/machine/swarm/fixture.hpp"

#include <doctest/doctest.h>

using orch::Kind;
using orch::Secret;
using orch::test::error_of;
using orch::test::SwarmFixture;

TEST_CASE_FIXTURE(SwarmFixture, "join: the first master makes the swarm, agents are workers") {
    make_three();
    CHECK(role(1) == "manager");
    CHECK(role(2) == "worker");
    CHECK(role(3) == "worker");
    CHECK(swarm.swarms_made() == 1);
    CHECK(swarm.node_count(address(1)) == 3);
    CHECK(store.load("m2").membership.node == swarm.node(address(2))->id);
    CHECK(store.load("m2").membership.cluster == "swarm1");
}

TEST_CASE_FIXTURE(SwarmFixture, "join: further masters are managers of the same swarm") {
    make_three(true);
    CHECK(swarm.swarms_made() == 1);
    for (int number = 1; number <= 3; ++number)
        CHECK(role(number) == "manager");
}

TEST_CASE_FIXTURE(SwarmFixture, "join: nothing that lets anybody in is kept on disk") {
    make_three(true);
    for (const auto* name : {"m1", "m2", "m3"}) {
        const auto text = orch::fs::read_file(store.machine_dir(name) / "config.json");
        CHECK(text.find("SWMTKN") == std::string::npos);
    }
}

TEST_CASE_FIXTURE(SwarmFixture, "join: twice changes nothing") {
    make_three();
    const auto before = swarm.node(address(2))->version;
    join(2);
    join(1);
    CHECK(swarm.node(address(2))->version == before);
    CHECK(swarm.node_count(address(1)) == 3);
    CHECK(swarm.swarms_made() == 1);
}

TEST_CASE_FIXTURE(SwarmFixture, "join: a node that lost its membership joins anew") {
    make_three();
    const auto old = store.load("m2").membership.node;
    swarm.forget(address(2));
    join(2);
    CHECK(role(2) == "worker");
    CHECK(store.load("m2").membership.node != old);
    CHECK(swarm.node_count(address(1)) == 3); // the old node is gone
}

TEST_CASE_FIXTURE(SwarmFixture, "join: engine labels become labels of the node") {
    auto machine = make(1, true);
    machine.engine.labels = {"zone=north", "bare"};
    store.save(machine);
    swarm.outdate_updates(2); // somebody else changes the node at the same time
    join(1);
    CHECK(swarm.node(address(1))->labels == std::map<std::string, std::string>{{"zone", "north"}});
}

TEST_CASE_FIXTURE(SwarmFixture, "join: a master that is no agent takes no tasks") {
    auto machine = make(1, true);
    machine.swarm.agent = false;
    store.save(machine);
    join(1);
    CHECK(swarm.node(address(1))->availability == "drain");
}

TEST_CASE_FIXTURE(SwarmFixture, "join: a worker becomes the manager that it should be") {
    make_three();
    auto machine = store.load("m2");
    machine.swarm.master = true;
    store.save(machine);
    join(2);
    CHECK(role(2) == "manager");
}

TEST_CASE_FIXTURE(SwarmFixture, "join: an agent without a master waits, then says what to do") {
    make(1, false);
    const auto error = error_of([&] { join(1); });
    CHECK(error.kind() == Kind::timeout);
    CHECK(error.message() == "token://hive has no master, and none came in time");
    CHECK(error.hint().find("--swarm-master --swarm-discovery token://hive") != std::string::npos);
    const auto texts = fake.progress.texts("m1");
    CHECK(std::count(texts.begin(), texts.end(), "Waiting for a manager of token://hive...") == 1);
    CHECK(swarm.local_state(address(1)) == "inactive");
}

TEST_CASE_FIXTURE(SwarmFixture, "join: a master that is out of reach is not replaced") {
    make(1, true);
    join(1);
    swarm.set_alive(address(1), false);
    make(2, true);
    const auto error = error_of([&] { join(2); });
    CHECK(error.kind() == Kind::timeout);
    CHECK(error.message() == "no manager of token://hive answers: not m1 either");
    CHECK(swarm.swarms_made() == 1);
}

TEST_CASE_FIXTURE(SwarmFixture, "join: only the machine that is named makes the swarm") {
    make(1, true, "machine://m1");
    make(2, true, "machine://m1");
    CHECK(error_of([&] { join(2); }).kind() == Kind::timeout);
    CHECK(swarm.swarms_made() == 0);
    join(1);
    join(2);
    CHECK(role(2) == "manager");
    CHECK(swarm.swarms_made() == 1);
}

TEST_CASE_FIXTURE(SwarmFixture, "join: machine://NAME leads to the swarm that NAME is in") {
    make(1, true);
    join(1);
    make(2, false, "machine://m1");
    join(2);
    CHECK(role(2) == "worker");
    CHECK(store.load("m2").swarm.discovery == "token://hive");
}

TEST_CASE_FIXTURE(SwarmFixture, "join: a node of another swarm is not torn out of it") {
    make(1, true);
    join(1);
    make(2, true, "token://other");
    join(2);
    auto stranger = store.load("m2");
    stranger.swarm.discovery = "token://hive";
    stranger.swarm.master = false;
    stranger.membership = {};
    store.save(stranger);
    const auto error = error_of([&] { join(2); });
    CHECK(error.kind() == Kind::conflict);
    CHECK(error.message() == "m2 is a node of another swarm");
}

TEST_CASE_FIXTURE(SwarmFixture, "join: an engine that manages a swarm already is taken as it is") {
    make(1, true);
    join(1);
    auto machine = store.load("m1");
    machine.membership = {};
    store.save(machine);
    join(1);
    CHECK(swarm.swarms_made() == 1);
    CHECK(store.load("m1").membership.cluster == "swarm1");
}

TEST_CASE_FIXTURE(SwarmFixture, "join: a swarm outside the store wants its token") {
    make(1, true);
    join(1);
    make(2, false, "swarm://192.0.2.1:2377");
    CHECK(error_of([&] { join(2); }).hint().find("ORCH_SWARM_TOKEN=") != std::string::npos);
    CHECK(
        error_of([&] { join(2, Secret("SWMTKN-1-wrong-worker")); }).message() ==
        "m2 cannot join the swarm: A valid join token is necessary to join this cluster"
    );
    join(2, Secret("SWMTKN-1-swarm1-worker"));
    CHECK(role(2) == "worker");
    CHECK(swarm.node_count(address(1)) == 2);
}

TEST_CASE_FIXTURE(SwarmFixture, "join: a manager that does not answer the node is named") {
    make(2, false, "swarm://192.0.2.99:2377");
    const auto error = error_of([&] { join(2, Secret("SWMTKN-1-swarm1-worker")); });
    CHECK(error.kind() == Kind::timeout);
    CHECK(error.message() == "m2 cannot join the swarm: no manager answers it at 192.0.2.99:2377");
    CHECK(error.hint().find("7946/udp") != std::string::npos);
}

TEST_CASE("advertise: what the user says, else what the driver knows of the other machines' side") {
    orch::machine::Machine machine;
    const orch::drivers::Reach forwarded{.address = "127.0.0.1", .cluster = "192.0.2.9"};
    CHECK(orch::machine::swarm::advertised(machine, {.address = "192.0.2.1"}) == "192.0.2.1");
    CHECK(orch::machine::swarm::advertised(machine, forwarded) == "192.0.2.9");
    machine.swarm.address = "eth1";
    CHECK(orch::machine::swarm::advertised(machine, forwarded) == "eth1");
}

TEST_CASE_FIXTURE(SwarmFixture, "join: an address that only the host itself knows is refused") {
    auto machine = make(1, true);
    machine.record["IPAddress"] = "127.0.0.1";
    store.save(machine);
    CHECK(error_of([&] { join(1); }).hint().find("--swarm-addr") != std::string::npos);
    machine.swarm.address = "192.0.2.1";
    store.save(machine);
    swarm.add("127.0.0.1");
    join(1);
    CHECK(swarm.swarms_made() == 1);
}
