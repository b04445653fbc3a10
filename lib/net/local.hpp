// Sockets of this computer: unix sockets to dial, ports that are free.
#pragma once

#include "lib/base/fd.hpp"

#include <filesystem>
#include <string>

namespace orch::net {

/// The longest path that a unix socket may have, on any system.
constexpr std::size_t longest_socket_path = 103;

/// Connected to the unix socket at `path`, closed on exec. Throws Error(network) where nobody
/// listens.
Fd dial_local(const std::filesystem::path& path);

enum class Transport { tcp, udp };

/// Whether a program may listen there now. `address` is IPv4; empty: all addresses.
bool is_free(const std::string& address, int port, Transport transport = Transport::tcp);

/// A TCP port of 127.0.0.1 that nobody uses. Throws Error(internal) when there is none.
int free_port();

} // namespace orch::net
