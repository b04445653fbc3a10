// The IPv4 networks that this computer is in.
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

} // namespace orch::net
