// The network that this computer and its machines share: chosen among those that VirtualBox has, or
// made.
#pragma once

#include "drivers/virtualbox/vboxmanage.hpp"
#include "lib/net/interfaces.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace orch::drivers::virtualbox {

/// A host's address and the size of its network: 192.168.59.1/24.
struct Cidr {
    std::uint32_t address = 0;
    int prefix = 24;
    bool operator==(const Cidr&) const = default;

    [[nodiscard]] std::uint32_t mask() const { return prefix == 0 ? 0 : ~0U << (32 - prefix); }

    [[nodiscard]] std::uint32_t network() const { return address & mask(); }

    [[nodiscard]] bool holds(std::uint32_t other) const { return (other & mask()) == network(); }
};

/// Throws Error(usage) for what is none, for a network's own address and its broadcast.
Cidr parse_cidr(const std::string& written);

/// "192.168.59.1"
std::string dotted(std::uint32_t address);

/// Nothing for what is no IPv4 address.
std::optional<std::uint32_t> parse_dotted(const std::string& text);

/// Whether VirtualBox since 6.1.28 takes such a network: by default those inside 192.168.56.0/21;
/// `networks_conf` is the text of /etc/vbox/networks.conf, empty if there is no such file.
bool is_allowed(const Cidr& cidr, std::string_view networks_conf);

/// What the refusal of such a network means, with the line that allows it.
Error not_allowed(const Cidr& cidr);

/// The DHCP server that a network gets.
DhcpServer dhcp_for(const Cidr& cidr, const std::string& network);

/// Whether a server that is there serves as well as dhcp_for() would.
bool serves(const DhcpServer& there, const Cidr& cidr);

/// How a machine's second card is attached.
struct Attachment {
    std::string name;        // adapter "vboxnet1", or network "orch-192.168.59.1"
    bool is_network = false; // a host-only network, as on macOS since version 7
};

struct NetworkWishes {
    Cidr cidr;
    bool dhcp = true;
    bool networks = false; // host-only networks instead of adapters
};

/// Finds the network with that address of this computer, or makes it, with its DHCP server; call it
/// under VBoxManage::alone(). Throws Error: conflict where another of `interfaces` is in the same
/// network, or where VirtualBox has two adapters of one name or address; denied where VirtualBox
/// does not allow the network; remote for other failures.
Attachment ensure_network(
    VBoxManage& vbox,
    const NetworkWishes& wishes,
    const std::vector<net::Interface>& interfaces,
    const std::stop_token& stop
);

} // namespace orch::drivers::virtualbox
