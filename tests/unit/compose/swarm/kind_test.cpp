#include "compose/swarm/kind.hpp"
#include "tests/support/error_of.hpp"

#include <doctest/doctest.h>

namespace swarm = orch::compose::swarm;

using orch::engine::SwarmState;
using orch::test::error_of;
using swarm::Kind;
using swarm::Target;

namespace {

Kind kind(const SwarmState& state, Target target = Target::automatic) {
    return swarm::kind_of(state, "tcp://10.0.0.7:2376", target);
}

const SwarmState manager{.local = "active", .manager = true, .node = "n1"};
const SwarmState worker{
    .local = "active", .node = "n2", .managers = {"10.0.0.8:2377", "10.0.0.9:2377"}};
const SwarmState outside{.local = "inactive"};

} // namespace

TEST_CASE("kind: a manager makes services, also if it is alone; an engine makes containers") {
    CHECK(kind(manager) == Kind::services);
    CHECK(kind(outside) == Kind::engine);
    CHECK(kind({}) == Kind::engine);
}

TEST_CASE("kind: the manager of a standalone swarm, whatever its members are in") {
    CHECK(kind({.local = "active", .manager = true, .server = "swarm/1.2.9"}) == Kind::standalone);
}

TEST_CASE("kind: it can be chosen") {
    CHECK(kind(manager, Target::engine) == Kind::engine);
    CHECK(kind(worker, Target::engine) == Kind::engine);
    CHECK(error_of([] { return kind(outside, Target::swarm); }).kind() == orch::Kind::conflict);
}

TEST_CASE("kind: a worker names its managers") {
    const auto error = error_of([] { return kind(worker); });
    CHECK(error.message().find("10.0.0.8:2377, 10.0.0.9:2377") != std::string::npos);
    CHECK(error.hint().find("eval $(orch machine env --swarm") != std::string::npos);
}

TEST_CASE("kind: a locked swarm is no plain engine") {
    const auto error = error_of([] { return kind({.local = "locked"}); });
    CHECK(error.message() == "the swarm of tcp://10.0.0.7:2376 is locked");
}
