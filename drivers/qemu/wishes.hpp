// What a user can wish of a virtual machine, read and checked.
#pragma once

#include "drivers/driver.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace orch::drivers::qemu {

Info info();

/// A port of the guest that is reachable on this computer.
struct Publish {
    std::string address; // empty: on all of its addresses
    int host = 0;
    int guest = 0;
    std::string protocol = "tcp"; // or "udp"
    bool operator==(const Publish&) const = default;
};

/// "8080:80", "127.0.0.1:8080:80/tcp". Throws Error(usage).
Publish parse_publish(std::string_view written);

/// The same, written.
std::string publish_text(const Publish& port);

/// The ports among which those for SSH and the engine are chosen; 0: any.
struct PortRange {
    int first = 0;
    int last = 0;
    bool operator==(const PortRange&) const = default;
};

/// "40000-40099", or empty. Throws Error(usage).
PortRange parse_range(std::string_view written);

/// The same, written.
std::string range_text(const PortRange& range);

struct Wishes {
    int memory = 0;      // MB
    int disk_size = 0;   // MB
    int cpus = 0;        // at least 1
    std::string program; // empty: qemu-system-ARCH
    std::string image;
    std::string accel; // "auto", "kvm", ...
    std::string network;
    std::string bridge;
    std::string interface;
    std::string address; // in that network, with prefix; empty: DHCP
    std::string gateway; // router and name server for that address, or empty
    bool cluster = false;
    std::vector<Publish> publish;
    PortRange local_ports;
    std::string user;
    std::string user_data; // absolute path, or empty
    std::string boot2docker_url;
    std::string firmware; // absolute path, or empty
};

/// Throws Error(usage) naming the option that cannot be read or does not go with another.
Wishes read_wishes(const Request& request);

} // namespace orch::drivers::qemu
