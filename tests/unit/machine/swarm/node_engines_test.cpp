#include "machine/swarm/node_engines.hpp"
#include "tests/support/error_of.hpp"
#include "tests/unit/machine/swarm/fixture.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <mutex>

using orch::Kind;
using orch::machine::swarm::NodeEngines;
using orch::test::error_of;
using orch::test::SwarmFixture;

namespace {

/// Three machines in one swarm; the endpoint in use is the first one's.
struct Nodes : SwarmFixture {
    Nodes() {
        make_three();
        fake.http.handler = [this](const orch::http::Request& request) {
            const std::lock_guard lock(mutex);
            const auto host = request.url.find("://") + 3;
            asked.push_back(request.url.substr(host, request.url.find(':', host) - host));
            return swarm.answer(request);
        };
    }

    [[nodiscard]] NodeEngines engines() {
        return {context, {fake.http, {.host = address(1)}, {}}, {}};
    }

    void forget_membership(int number, const std::string& at) {
        auto machine = store.load("m" + std::to_string(number));
        machine.membership = {};
        machine.record = {{"IPAddress", at}};
        store.save(machine);
    }

    [[nodiscard]] long calls_to(int number) {
        return std::count(asked.begin(), asked.end(), address(number));
    }

    std::mutex mutex;
    std::vector<std::string> asked; // addresses
};

} // namespace

TEST_CASE_FIXTURE(Nodes, "node engines: nothing is asked before somebody needs a node") {
    auto nodes = engines();
    CHECK(asked.empty());
    nodes.of(swarm.node(address(2))->id);
    CHECK(calls_to(3) == 0); // the membership says which machine it is
}

TEST_CASE_FIXTURE(Nodes, "node engines: by id and by host name, the same engine") {
    auto nodes = engines();
    auto& by_id = nodes.of(swarm.node(address(3))->id);
    CHECK(by_id.endpoint().host == address(3));
    CHECK(by_id.endpoint().tls->cert == store.load("m3").auth.client_cert);
    const auto calls = asked.size();
    CHECK(&nodes.of("host-" + address(3)) == &by_id);
    CHECK(asked.size() == calls);
}

TEST_CASE_FIXTURE(Nodes, "node engines: the endpoint in use answers for its own node") {
    auto nodes = engines();
    CHECK_FALSE(nodes.of("host-" + address(1)).endpoint().tls); // not the machine's
}

TEST_CASE_FIXTURE(Nodes, "node engines: by address where no membership is kept") {
    forget_membership(2, address(2));
    auto nodes = engines();
    CHECK(nodes.of("host-" + address(2)).endpoint().host == address(2));
    CHECK(calls_to(3) == 0);
}

TEST_CASE_FIXTURE(
    Nodes, "node engines: a machine that is known by another address is found as well"
) {
    swarm.add_address("203.0.113.2", address(2));
    forget_membership(2, "203.0.113.2");
    forget_membership(3, "203.0.113.3"); // nobody answers there
    auto nodes = engines();
    CHECK(nodes.of("host-" + address(2)).endpoint().host == "203.0.113.2");
    const auto error = error_of([&] { nodes.of("host-" + address(3)); });
    CHECK(error.kind() == Kind::not_found);
    CHECK(
        error.message() ==
        "no machine of this store is the node host-192.0.2.3 (192.0.2.3) of the swarm"
    );
    CHECK(error.hint().find("--generic-ip-address 192.0.2.3 host-192.0.2.3") != std::string::npos);
}

TEST_CASE_FIXTURE(Nodes, "node engines: a machine that does not answer is named, and asked once") {
    swarm.set_alive(address(2), false);
    auto nodes = engines();
    for (int i = 0; i < 2; ++i) {
        const auto error = error_of([&] { nodes.of("host-" + address(2)); });
        CHECK(error.kind() == Kind::network);
        CHECK(error.message().find("machine \"m2\", cannot be reached: ") != std::string::npos);
        CHECK(error.hint() == "orch machine doctor m2");
    }
    CHECK(calls_to(2) == 1);
}

TEST_CASE_FIXTURE(Nodes, "node engines: a node that there is not") {
    auto nodes = engines();
    const auto error = error_of([&] { nodes.of("nobody"); });
    CHECK(error.message() == "the swarm has no node nobody");
}
