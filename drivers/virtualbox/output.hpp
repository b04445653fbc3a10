// What VBoxManage prints, as values. Pure; the formats of VirtualBox 5 to 7.
#pragma once

#include "drivers/driver.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace orch::drivers::virtualbox {

struct Version {
    int major = 0;
    int minor = 0;
    int patch = 0;
    auto operator<=>(const Version&) const = default;
};

/// Of `--version`: the last line that begins with one; warnings about the kernel's module may
/// stand before it. Nothing if no line does.
std::optional<Version> parse_version(std::string_view out);

/// One thing of a `list`: fields by their names in lower case ("ipaddress").
using Fields = std::map<std::string, std::string, std::less<>>;

/// The things of a `list`; each begins with a line "`first`: ...". Indented lines are passed over:
/// they belong to a part within.
std::vector<Fields> parse_list(std::string_view out, std::string_view first);

struct Adapter { // of `list hostonlyifs`
    std::string name;
    std::string address;
    std::string mask;
    std::string network; // "HostInterfaceNetworking-vboxnet0"
    bool operator==(const Adapter&) const = default;
};

std::vector<Adapter> parse_adapters(std::string_view out);

struct DhcpServer { // of `list dhcpservers`
    std::string network;
    std::string address;
    std::string mask;
    std::string lower;
    std::string upper;
    bool enabled = false;
    bool operator==(const DhcpServer&) const = default;
};

std::vector<DhcpServer> parse_dhcp_servers(std::string_view out);

struct HostOnlyNet { // of `list hostonlynets`
    std::string name;
    std::string mask;
    std::string lower;
    std::string upper;
    bool enabled = false;
    bool operator==(const HostOnlyNet&) const = default;
};

std::vector<HostOnlyNet> parse_nets(std::string_view out);

/// `showvminfo --machinereadable`: values by key, both without their quotes.
class VmInfo {
  public:
    explicit VmInfo(std::string_view out);

    /// Empty if there is no such key.
    [[nodiscard]] std::string get(std::string_view key) const;

    [[nodiscard]] State state() const;

    /// VirtualBox cannot read its files.
    [[nodiscard]] bool inaccessible() const;

    /// The number of the network card on the host-only network, as it is named in keys; empty if
    /// there is none.
    [[nodiscard]] std::string host_only_card() const;

    /// "08:00:27:aa:bb:cc" of that card; empty if there is none.
    [[nodiscard]] std::string host_only_mac() const;

    /// Name of that card's adapter or network; empty if there is none.
    [[nodiscard]] std::string host_only_network() const;

  private:
    std::map<std::string, std::string, std::less<>> values_;
};

/// The state behind a value of VMState.
State state_of(std::string_view vm_state);

/// The name in "Interface 'vboxnet1' was successfully created"; empty if it is not said.
std::string created_interface(std::string_view out);

/// The address in what `dhcpserver findlease` prints; empty without one.
std::string parse_lease(std::string_view out);

/// The value in what `guestproperty get` prints; empty for "No value set!".
std::string parse_property(std::string_view out);

/// The address of the interface with that MAC ("08:00:27:..") in what `ip addr show` prints.
std::string address_of_mac(std::string_view out, std::string_view mac);

/// The first sentence of a failure, without "VBoxManage: error: ".
std::string error_line(std::string_view err);

/// Whether a call failed because there is no such machine.
bool says_no_machine(std::string_view err);

/// Why the processor's virtualization cannot be used, as VBox.log tells it; empty if it does not.
std::string virtualization_problem(std::string_view log);

} // namespace orch::drivers::virtualbox
