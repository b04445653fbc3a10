// Replays what the genuine program prints (tests/data/virtualbox/README.md says where that comes
// from).
#include "drivers/virtualbox/output.hpp"
#include "lib/fs/files.hpp"

#include <doctest/doctest.h>

namespace vbox = orch::drivers::virtualbox;
using orch::drivers::State;

namespace {

std::string printed(const std::string& file) {
    return orch::fs::read_file(std::string(ORCH_TEST_DATA "/virtualbox/") + file);
}

} // namespace

TEST_CASE("virtualbox output: versions, also behind warnings and with a distribution's name") {
    CHECK(vbox::parse_version(printed("5.2/version")) == vbox::Version{5, 2, 44});
    CHECK(vbox::parse_version(printed("6.1/version")) == vbox::Version{6, 1, 50});
    CHECK(vbox::parse_version(printed("7.1/version")) == vbox::Version{7, 1, 4});
    CHECK(vbox::parse_version("7.2\n") == vbox::Version{7, 2, 0});
    CHECK_FALSE(vbox::parse_version("WARNING: nothing\n"));
    CHECK_FALSE(vbox::parse_version("7\n"));
    CHECK(vbox::Version{6, 1, 28} > vbox::Version{6, 1, 4});
}

TEST_CASE("virtualbox output: host-only adapters") {
    const auto adapters = vbox::parse_adapters(printed("7.0/hostonlyifs"));
    REQUIRE(adapters.size() == 2);
    CHECK(
        adapters[0] ==
        vbox::Adapter{
            "vboxnet0", "192.168.56.1", "255.255.255.0", "HostInterfaceNetworking-vboxnet0"}
    );
    CHECK(adapters[1].address == "192.168.59.1");
    CHECK(vbox::parse_adapters("").empty());
}

TEST_CASE("virtualbox output: DHCP servers of the old and of the new form") {
    const auto old = vbox::parse_dhcp_servers(printed("5.2/dhcpservers"));
    REQUIRE(old.size() == 2);
    CHECK(
        old[0] ==
        vbox::DhcpServer{
            "HostInterfaceNetworking-vboxnet0",
            "192.168.99.6",
            "255.255.255.0",
            "192.168.99.100",
            "192.168.99.254",
            true}
    );
    CHECK_FALSE(old[1].enabled);
    const auto recent = vbox::parse_dhcp_servers(printed("6.1/dhcpservers"));
    REQUIRE(recent.size() == 2);
    CHECK(
        recent[0] ==
        vbox::DhcpServer{
            "HostInterfaceNetworking-vboxnet0",
            "192.168.56.100",
            "255.255.255.0",
            "192.168.56.101",
            "192.168.56.254",
            true}
    );
    CHECK(recent[1].network == "NatNetwork");
    CHECK_FALSE(recent[1].enabled);
}

TEST_CASE("virtualbox output: host-only networks have an empty line inside") {
    const auto nets = vbox::parse_nets(printed("7.0/hostonlynets"));
    REQUIRE(nets.size() == 2);
    CHECK(
        nets[0] ==
        vbox::HostOnlyNet{"first", "255.255.255.0", "192.168.59.1", "192.168.59.254", true}
    );
    CHECK(nets[1].name == "second");
    CHECK_FALSE(nets[1].enabled);
}

TEST_CASE("virtualbox output: a machine's settings") {
    const vbox::VmInfo vm(printed("6.1/showvminfo"));
    CHECK(vm.get("UUID") == "3c0ffee0-6f2d-484d-b4ee-00c0ffee0000");
    CHECK(vm.get("memory") == "1024");
    CHECK(vm.get("SATA-1-0") == "/home/me/.docker/machine/machines/web1/disk.vmdk");
    CHECK(vm.get("Forwarding(0)") == "ssh,tcp,127.0.0.1,51234,,22");
    CHECK(vm.get("none").empty());
    CHECK(vm.state() == State::running);
    CHECK(vm.host_only_mac() == "08:00:27:0a:1b:2c");
    CHECK(vm.host_only_network() == "vboxnet0");
}

TEST_CASE("virtualbox output: escapes, states with a hyphen and networks of version 7") {
    const vbox::VmInfo vm(printed("7.1/showvminfo"));
    CHECK(vm.get("CfgFile") == R"(/Users/me/odd "name"/back\slash/web1/web1.vbox)");
    CHECK(vm.get("SATA-1-0") == R"(/Users/me/odd "name"/disk.vmdk)");
    CHECK(vm.state() == State::saved);
    CHECK(vm.host_only_mac() == "08:00:27:0a:1b:2c");
    CHECK(vm.host_only_network() == "orch-192.168.59.1");
}

TEST_CASE("virtualbox output: a machine whose files are gone, and one that is no output at all") {
    const vbox::VmInfo vm(printed("6.1/inaccessible"));
    CHECK(vm.inaccessible());
    CHECK(vm.state() == State::error);
    const vbox::VmInfo nothing("rubbish\n=\n\"\n\"x\"=\"");
    CHECK(nothing.state() == State::none);
    CHECK(nothing.host_only_mac().empty());
}

TEST_CASE("virtualbox output: every state has a meaning") {
    CHECK(vbox::state_of("poweroff") == State::stopped);
    CHECK(vbox::state_of("aborted") == State::stopped);
    CHECK(vbox::state_of("paused") == State::paused);
    CHECK(vbox::state_of("saved") == State::saved);
    CHECK(vbox::state_of("restoring") == State::starting);
    CHECK(vbox::state_of("saving") == State::stopping);
    CHECK(vbox::state_of("gurumeditation") == State::error);
    CHECK(vbox::state_of("livesnapshotting") == State::running);
    CHECK(vbox::state_of("teleported") == State::stopped);
    CHECK(vbox::state_of("new") == State::none);
}

TEST_CASE("virtualbox output: leases, properties, new interfaces") {
    CHECK(vbox::parse_lease(printed("7.0/findlease")) == "192.168.59.101");
    CHECK(vbox::parse_lease("").empty());
    CHECK(vbox::parse_property("Value: 192.168.59.101\n") == "192.168.59.101");
    CHECK(vbox::parse_property("No value set!\n").empty());
    CHECK(
        vbox::created_interface("0%...10%...100%\nInterface 'vboxnet1' was successfully created\n"
        ) == "vboxnet1"
    );
    CHECK(vbox::created_interface("").empty());
}

TEST_CASE("virtualbox output: the guest's own list of addresses") {
    constexpr auto list = "1: lo: <LOOPBACK,UP> mtu 65536\n"
                          "    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n"
                          "    inet 127.0.0.1/8 scope host lo\n"
                          "2: eth0: <BROADCAST,UP> mtu 1500\n"
                          "    link/ether 08:00:27:f3:9a:11 brd ff:ff:ff:ff:ff:ff\n"
                          "    inet 10.0.2.15/24 brd 10.0.2.255 scope global eth0\n"
                          "3: eth1: <BROADCAST,UP> mtu 1500\n"
                          "    link/ether 08:00:27:0a:1b:2c brd ff:ff:ff:ff:ff:ff\n"
                          "    inet 192.168.59.101/24 scope global eth1\n";
    CHECK(vbox::address_of_mac(list, "08:00:27:0a:1b:2c") == "192.168.59.101");
    CHECK(vbox::address_of_mac(list, "08:00:27:00:00:00").empty());
}

TEST_CASE("virtualbox output: failures") {
    CHECK(
        vbox::error_line(printed("6.1/locked.err")) ==
        "The machine 'web1' is already locked for a session (or being unlocked)"
    );
    CHECK(
        vbox::error_line("VBoxManage.exe: error: The object is not ready\r\n") ==
        "The object is not ready"
    );
    CHECK(vbox::error_line("Segmentation fault\n") == "Segmentation fault");
    CHECK(vbox::error_line("").empty());
    CHECK(vbox::says_no_machine(printed("6.1/no_machine.err")));
    CHECK_FALSE(vbox::says_no_machine(printed("6.1/locked.err")));
}

TEST_CASE("virtualbox output: what the log says of the processor") {
    CHECK_FALSE(vbox::virtualization_problem(
                    "00:00:01.1 VMSetError: VT-x is disabled in the BIOS for all CPU modes\n"
    )
                    .empty());
    CHECK(vbox::virtualization_problem("00:00:01.1 Falling back to raw-mode: VT-x is disabled in "
                                       "the BIOS for all CPU modes\n")
              .empty());
    CHECK_FALSE(
        vbox::virtualization_problem("x the host CPU does NOT support HW virtualization\n").empty()
    );
    CHECK_FALSE(vbox::virtualization_problem("ERROR VERR_VMX_UNABLE_TO_START_VM\n").empty());
    CHECK(vbox::virtualization_problem("Power up failed (vrc=VERR_NO_MEMORY)\n").empty());
    CHECK_FALSE(vbox::virtualization_problem("rc=VERR_VMX_NO_VMX\nPower up failed (x)\n").empty());
    CHECK(vbox::virtualization_problem("VirtualBox VM 7.1.4\n").empty());
}
