// The IPv4 networks that this computer is in, and free ports on it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace orch::net {

/// One IPv4 address of an interface that is up.
struct Interface {
    std::string name;
    std::uint32_t address = 0; // in the computer's own order
    int prefix = 32;
    bool loopback = false;
};

/// Throws Error(internal) if the system does not tell.
std::vector<Interface> interfaces();

/// A TCP port that nobody listens on at `address` (IPv4) right now: `wish` if that is free and not
/// 0, else one that the system chooses. Throws Error(internal) if there is none.
int free_port(const std::string& address, int wish);

} // namespace orch::net
