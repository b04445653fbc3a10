#include "tests/unit/drivers/virtualbox/fixture.hpp"

#include <doctest/doctest.h>

namespace drivers = orch::drivers;
using drivers::Power;
using drivers::Record;
using drivers::State;
using orch::Kind;
using orch::test::error_of;
using orch::test::Lines;

namespace {

struct Fixture : orch::test::VirtualBox {};

} // namespace

TEST_CASE_FIXTURE(Fixture, "virtualbox: a VM that does not start says why") {
    SUBCASE("virtualization is off") {
        box.log = "00:00:01 VM: VT-x is disabled in the BIOS for all CPU modes\n";
        box.fail("startvm", "VBoxManage: error: x\n");
        const auto error = refused();
        CHECK(error.kind() == Kind::unsupported);
        CHECK(error.message().find("VT-X/AMD-v") != std::string::npos);
    }
    SUBCASE("otherwise VirtualBox's own words and the end of its log") {
        box.log = "first\nlast line\n";
        box.fail("startvm", "VBoxManage: error: no memory\n");
        const auto error = refused();
        CHECK(error.message() == "VBoxManage startvm failed: no memory");
        CHECK(error.details().back() == "VBox.log: last line");
    }
    SUBCASE("no address comes") {
        box.lease.clear();
        for (int i = 0; i < 200; ++i)
            fake.ssh.refuse({Kind::network, "connection refused"});
        const auto error = refused();
        CHECK(error.kind() == Kind::timeout);
        CHECK(error.message().find("does not get an address") != std::string::npos);
    }
}

TEST_CASE_FIXTURE(Fixture, "virtualbox: without a lease the guest itself is asked") {
    box.lease.clear();
    fake.ssh.answer(
        "ip addr show",
        {.out = "2: eth1: <UP>\n    link/ether 08:00:27:00:00:02 brd x\n"
                "    inet 192.168.59.50/24\n"}
    );
    CHECK(create()["IPAddress"] == "192.168.59.50");
}

TEST_CASE_FIXTURE(Fixture, "virtualbox: states, and what each power verb does in them") {
    auto record = create();
    auto power = driver();
    box.calls.clear();
    SUBCASE("stop presses the button") {
        power.power(record, Power::stop, fake.job);
        CHECK(called("controlvm") == Lines{"controlvm ID acpipowerbutton"});
        CHECK(record["IPAddress"] == "");
        CHECK(power.refresh(record, fake.job) == State::stopped);
    }
    SUBCASE("a guest that does not hear is asked again, then told about") {
        box.obeys = false;
        const auto error = error_of([&] { power.power(record, Power::stop, fake.job); });
        CHECK(error.kind() == Kind::timeout);
        CHECK(error.hint() == "orch machine kill web1 switches it off");
        CHECK(called("controlvm").size() > 1);
    }
    SUBCASE("a paused one is resumed") {
        vm().state = "paused";
        CHECK(power.refresh(record, fake.job) == State::paused);
        power.power(record, Power::start, fake.job);
        CHECK(called("controlvm") == Lines{"controlvm ID resume"});
    }
    SUBCASE("a saved one is started, its network left as it is") {
        vm().state = "saved";
        CHECK(power.refresh(record, fake.job) == State::saved);
        power.power(record, Power::start, fake.job);
        CHECK(called("modifyvm ID --nic2").empty());
        CHECK(called("startvm").size() == 1);
    }
    SUBCASE("rules that VirtualBox refuses then come after the start") {
        vm().state = "saved";
        box.fail("modifyvm", "VBoxManage: error: The machine is not mutable\n", 2);
        power.power(record, Power::start, fake.job);
        CHECK(called("controlvm ID natpf1").size() == 1);
    }
    SUBCASE("a saved one cannot stop, but be killed") {
        vm().state = "saved";
        CHECK(error_of([&] {
                  power.power(record, Power::stop, fake.job);
              }).kind() == Kind::conflict);
        power.power(record, Power::kill, fake.job);
        CHECK(called("discardstate") == Lines{"discardstate ID"});
    }
    SUBCASE("kill") {
        power.power(record, Power::kill, fake.job);
        CHECK(called("controlvm") == Lines{"controlvm ID poweroff"});
    }
    SUBCASE("restart") {
        power.power(record, Power::restart, fake.job);
        CHECK(vm().state == "running");
        CHECK(record["IPAddress"] == "192.168.59.101");
    }
    SUBCASE("one that is gone") {
        box.vms.clear();
        CHECK(power.refresh(record, fake.job) == State::not_found);
        CHECK(error_of([&] {
                  power.power(record, Power::start, fake.job);
              }).kind() == Kind::not_found);
    }
}

TEST_CASE_FIXTURE(Fixture, "virtualbox: the port is kept while it is free, and found again") {
    auto record = create();
    auto power = driver();
    const auto port = record["SSHPort"].get<int>();
    power.power(record, Power::kill, fake.job);
    power.power(record, Power::start, fake.job);
    CHECK(record["SSHPort"] == port);
    vm().rule = "ssh,tcp,127.0.0.1,4711,,22";
    power.refresh(record, fake.job);
    CHECK(record["SSHPort"] == 4711);
}
