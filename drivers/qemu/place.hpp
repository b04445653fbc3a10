// What machines of one computer must share out between them: ports, and addresses in the network
// of their store.
#pragma once

#include "drivers/driver.hpp"
#include "drivers/qemu/command.hpp"

#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace orch::drivers::qemu {

/// `wish` if it is free, else another port of the range that is neither used nor `taken`. Throws
/// Error(conflict) when there is none.
int choose_port(int wish, const PortRange& range, const std::set<int>& taken);

/// Throws Error(conflict) naming the first port that is in use.
void require_free(const std::vector<Publish>& publish);

/// "239.255.17.4:23456", the same for all machines of the store at that path.
std::string cluster_group(const std::filesystem::path& store);

/// An address in the store's network that no other machine of it has. Call it under a lock that is
/// held until the record is saved. Throws Error(conflict) when there is none left.
std::string choose_cluster_address(const Access& access);

/// The address that the kernel's table of neighbours (/proc/net/arp) has for a network card.
std::optional<std::string> neighbour(std::string_view table, std::string_view mac);

/// The text of a known_hosts file in which what was said of one port of 127.0.0.1 is said of
/// another.
std::string with_port_moved(const std::string& known_hosts, int from, int to);

} // namespace orch::drivers::qemu
