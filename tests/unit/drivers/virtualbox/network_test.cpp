#include "drivers/virtualbox/network.hpp"
#include "lib/base/error.hpp"
#include "lib/fs/files.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/fake_vbox.hpp"
#include "tests/support/fake_world.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

namespace vbox = orch::drivers::virtualbox;
using orch::Kind;
using orch::test::error_of;
using vbox::parse_cidr;

namespace {

struct Fixture {
    orch::test::FakeWorld fake;
    orch::test::FakeVBox box;
    orch::World world{box, fake.http, fake.ssh, fake.clock};
    orch::test::TempDir dir;
    orch::os::Environment environment;
    std::vector<orch::net::Interface> interfaces;
    vbox::NetworkWishes wishes{.cidr = parse_cidr("192.168.59.1/24")};

    Fixture() {
        orch::fs::write_atomic(dir.path() / "VBoxManage", "#!/bin/sh\n", 0755);
        environment = orch::os::Environment(std::map<std::string, std::string, std::less<>>{
            {"PATH", dir.path().string()}});
    }

    vbox::Attachment ensure() {
        vbox::VBoxManage manage(world, environment);
        return vbox::ensure_network(manage, wishes, interfaces, {});
    }
};

std::string server(const std::string& network, const std::string& rest) {
    return "NetworkName:    " + network + "\n" + rest + "\n";
}

constexpr auto fitting = "Dhcpd IP:       192.168.59.6\nLowerIPAddress: 192.168.59.100\n"
                         "UpperIPAddress: 192.168.59.254\nNetworkMask:    255.255.255.0\n"
                         "Enabled:        Yes\n";

} // namespace

TEST_CASE("virtualbox network: addresses are a host's, with the size of its network") {
    CHECK(parse_cidr("192.168.59.1/24") == vbox::Cidr{0xC0A83B01, 24});
    for (const auto* wrong :
         {"192.168.59.1",
          "192.168.59.1/",
          "192.168.59/24",
          "192.168.59.1/33",
          "192.168.59.256/24",
          "x/24",
          "192.168.59.1/24 ",
          "192.168.59.1/30"}) {
        CAPTURE(wrong);
        CHECK(error_of([&] { parse_cidr(wrong); }).kind() == Kind::usage);
    }
    CHECK(error_of([] { parse_cidr("192.168.59.0/24"); }).hint() == "192.168.59.1/24 would do");
    CHECK(error_of([] { parse_cidr("192.168.59.255/24"); }).kind() == Kind::usage);
}

TEST_CASE("virtualbox network: what VirtualBox allows") {
    CHECK(vbox::is_allowed(parse_cidr("192.168.56.1/24"), ""));
    CHECK(vbox::is_allowed(parse_cidr("192.168.63.1/24"), ""));
    CHECK_FALSE(vbox::is_allowed(parse_cidr("192.168.64.1/24"), ""));
    CHECK_FALSE(vbox::is_allowed(parse_cidr("192.168.56.1/16"), ""));
    constexpr auto conf = "# mine\n* 10.0.0.0/8 192.168.0.0/16\n* 2001::/64\n";
    CHECK(vbox::is_allowed(parse_cidr("192.168.99.1/24"), conf));
    CHECK(vbox::is_allowed(parse_cidr("10.1.2.1/24"), conf));
    CHECK_FALSE(vbox::is_allowed(parse_cidr("172.16.0.1/24"), conf));
}

TEST_CASE("virtualbox network: the DHCP server's addresses") {
    const auto range = [](const char* cidr) {
        const auto server = vbox::dhcp_for(parse_cidr(cidr), "n");
        return server.address + " " + server.lower + "-" + server.upper + " " + server.mask;
    };
    CHECK(range("192.168.59.1/24") == "192.168.59.2 192.168.59.100-192.168.59.254 255.255.255.0");
    CHECK(range("192.168.59.2/24") == "192.168.59.3 192.168.59.100-192.168.59.254 255.255.255.0");
    CHECK(range("192.168.59.254/24") == "192.168.59.2 192.168.59.3-192.168.59.253 255.255.255.0");
    CHECK(range("10.1.7.1/16") == "10.1.7.2 10.1.7.100-10.1.7.254 255.255.0.0");
    CHECK(range("192.168.59.1/28") == "192.168.59.2 192.168.59.3-192.168.59.14 255.255.255.240");
    for (const auto* cidr :
         {"192.168.59.1/24",
          "192.168.59.2/24",
          "192.168.59.3/29",
          "192.168.59.254/24",
          "192.168.59.120/24",
          "10.1.7.1/16",
          "192.168.59.6/29"}) {
        CAPTURE(cidr);
        CHECK(vbox::serves(vbox::dhcp_for(parse_cidr(cidr), "n"), parse_cidr(cidr)));
    }
}

TEST_CASE_FIXTURE(Fixture, "virtualbox network: an adapter with the address is used as it is") {
    box.adapters = {{"vboxnet0", "192.168.56.1"}, {"vboxnet1", "192.168.59.1"}};
    box.servers = server("HostInterfaceNetworking-vboxnet1", fitting);
    CHECK(ensure().name == "vboxnet1");
    CHECK(box.lines("hostonlyif").empty());
    CHECK(box.lines("dhcpserver").empty());
}

TEST_CASE_FIXTURE(
    Fixture, "virtualbox network: a server that does not fit is changed, a stale one goes"
) {
    box.adapters = {{"vboxnet1", "192.168.59.1"}};
    box.servers = server("HostInterfaceNetworking-vboxnet1", "IP: 192.168.56.2\nEnabled: Yes\n") +
                  server("HostInterfaceNetworking-vboxnet9", fitting) +
                  server("NatNetwork", fitting);
    ensure();
    CHECK(box.lines("dhcpserver modify").size() == 1);
    CHECK(
        box.lines("dhcpserver remove") ==
        std::vector<std::string>{"dhcpserver remove --netname HostInterfaceNetworking-vboxnet9"}
    );
    CHECK(box.lines("dhcpserver add").empty());
}

TEST_CASE_FIXTURE(
    Fixture, "virtualbox network: without DHCP a server that is there is switched off"
) {
    wishes.dhcp = false;
    ensure();
    CHECK(box.lines("dhcpserver").empty());
    box.servers = server("HostInterfaceNetworking-vboxnet0", fitting);
    ensure();
    const auto changed = box.lines("dhcpserver modify");
    REQUIRE(changed.size() == 1);
    CHECK(changed[0].ends_with("--disable"));
}

TEST_CASE_FIXTURE(
    Fixture, "virtualbox network: another card of this computer in the same network"
) {
    interfaces = {
        {.name = "lo", .address = 0x7F000001, .prefix = 8, .loopback = true},
        {.name = "eth0", .address = 0xC0A83B07, .prefix = 24}};
    const auto error = error_of([this] { ensure(); });
    CHECK(error.kind() == Kind::conflict);
    CHECK(error.message().find("eth0, which has 192.168.59.7/24") != std::string::npos);
    CHECK(box.adapters.empty());
    box.adapters = {{"vboxnet0", "192.168.59.1"}};
    interfaces = {{.name = "vboxnet0", .address = 0xC0A83B01, .prefix = 24}};
    CHECK(ensure().name == "vboxnet0");
}

TEST_CASE_FIXTURE(Fixture, "virtualbox network: twins are refused") {
    box.adapters = {{"vboxnet0", "192.168.59.1"}, {"vboxnet1", "192.168.59.1"}};
    CHECK(error_of([this] { ensure(); }).kind() == Kind::conflict);
}

TEST_CASE_FIXTURE(Fixture, "virtualbox network: a refused address leaves no adapter behind") {
    box.fail(
        "hostonlyif ipconfig",
        "VBoxManage: error: Code E_ACCESSDENIED (0x80070005) - Access "
        "denied (extended info not available)\n"
    );
    CHECK(error_of([this] { ensure(); }).kind() == Kind::denied);
    CHECK(box.adapters.empty());
    box.fail("hostonlyif create", "VBoxManage: error: NS_ERROR_FAILURE\n");
    CHECK(error_of([this] { ensure(); }).hint().find("vboxnetadp") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "virtualbox network: macOS has networks instead of adapters") {
    wishes.networks = true;
    box.nets = "Name:            first\nGUID:            x\n\nState:           Enabled\n"
               "NetworkMask:     255.255.255.0\nLowerIP:         192.168.59.100\n"
               "UpperIP:         192.168.59.254\nVBoxNetworkName: hostonly-first\n\n";
    const auto found = ensure();
    CHECK(found.name == "first");
    CHECK(found.is_network);
    wishes.cidr = parse_cidr("192.168.60.1/24");
    CHECK(ensure().name == "orch-192.168.60.1");
    CHECK(
        box.lines("hostonlynet add") ==
        std::vector<std::string>{
            "hostonlynet add --name orch-192.168.60.1 --netmask 255.255.255.0 --lower-ip "
            "192.168.60.1 --upper-ip 192.168.60.254 --enable"}
    );
    CHECK(box.lines("dhcpserver").empty());
}
