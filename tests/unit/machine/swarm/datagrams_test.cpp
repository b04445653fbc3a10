#include "machine/swarm/datagrams.hpp"
#include "tests/support/fake_root.hpp"
#include "tests/unit/machine/swarm/fixture.hpp"

#include <doctest/doctest.h>

namespace swarm = orch::machine::swarm;

using orch::test::SwarmFixture;
using Lines = std::vector<std::string>;

namespace {

struct Network : SwarmFixture {
    orch::test::PlainDriver driver;

    Network() { make_three(); }

    /// So many of sixteen packets arrive.
    void way(int arrived) {
        fake.ssh.answer("/proc/net/snmp", {.out = "@@orch packets 100\n"});
        fake.ssh.answer("/dev/udp", {.out = "@@orch sent 16\n"});
        fake.ssh.answer(
            "/proc/net/snmp", {.out = "@@orch packets " + std::to_string(100 + arrived) + "\n"}
        );
    }

    Lines check() {
        const auto machine = store.load("m2");
        const auto reach = driver.reach(machine.record);
        const auto shell = fake.ssh.connect(reach.ssh, {}, {});
        swarm::check_datagrams(machine, reach, *shell, context, fake.job);
        Lines warnings;
        for (const auto& event : fake.progress.events())
            if (event.status == orch::progress::Status::warning)
                warnings.push_back(event.text);
        return warnings;
    }
};

} // namespace

TEST_CASE_FIXTURE(
    Network, "datagrams: nothing is said where they arrive, with others beside them"
) {
    for (const int arrived : {16, 19, 40, 16})
        way(arrived);
    CHECK(check().empty());
    CHECK(fake.ssh.addresses().back().host == address(1)); // the manager, of the two others
}

TEST_CASE_FIXTURE(Network, "datagrams: a way where they are lost is named") {
    for (const int arrived : {0, 16, 16, 3})
        way(arrived);
    CHECK(
        check() ==
        Lines{
            "packets from m2 do not reach m1 at port 4789/udp: containers on two nodes "
            "cannot talk to each other",
            "packets from m1 do not reach m2 at port 7946/udp: nodes hear of each "
            "other's containers late or never"}
    );
}

TEST_CASE_FIXTURE(Network, "datagrams: where nothing can be found out nothing is said") {
    const auto silent = [&] {
        fake.ssh.answer("/proc/net/snmp", {.out = "@@orch packets 5\n"});
        fake.ssh.answer("/dev/udp", {});
        fake.ssh.answer("/proc/net/snmp", {.out = "@@orch packets 5\n"});
    };
    for (int i = 0; i < 4; ++i)
        silent();
    CHECK(check().empty());
}

TEST_CASE("datagrams: the scripts are plain shell, and count what comes to this computer") {
    const auto send = swarm::send_script("127.0.0.1", 4789);
    for (const auto& script : {swarm::datagrams_script(), send})
        CHECK(orch::test::syntax_error({"/bin/sh"}, script) == "");
}
