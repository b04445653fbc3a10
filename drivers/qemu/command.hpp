// QEMU's command line: from values to words, nothing is asked.
#pragma once

#include "drivers/qemu/wishes.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace orch::drivers::qemu {

constexpr int ssh_port = 22;
constexpr int engine_port = 2376;

/// Where machines of one store meet: a group of multicast addresses, and this machine's in it.
struct Cluster {
    std::string group;   // "239.255.17.4:23456"; empty: this machine is not in it
    std::string address; // "10.98.17.3/24"
};

struct Launch {
    std::string name; // of the machine
    std::string program;
    std::string arch;  // "x86_64", "aarch64"
    std::string accel; // "kvm", "hvf", "whpx", "tcg"
    int cpus = 1;
    int memory = 0; // MB

    std::filesystem::path disk;     // qcow2
    std::filesystem::path cd;       // seed or boot2docker's ISO
    bool boots_cd = false;          // boot2docker
    std::filesystem::path firmware; // UEFI's code; empty: the machine's own
    std::filesystem::path firmware_vars;
    std::filesystem::path console; // gets what the guest prints
    std::filesystem::path monitor; // QMP's socket
    std::filesystem::path pid_file;

    std::string mac;
    std::string network = "user";
    std::string bridge;
    std::string interface;
    int ssh = 0; // on this computer, for network "user"
    int engine = 0;
    std::vector<Publish> publish;
    Cluster cluster;
    std::string cluster_mac;
};

/// The program and its arguments; it goes into the background once all devices are there.
std::vector<std::string> command_of(const Launch& launch);

/// The same kind of processor and nothing else: ends with 0 soon after its firmware ran, which
/// proves that guests run here. On aarch64 there is no firmware to end it: it runs on.
std::vector<std::string>
trial_of(const std::string& program, const std::string& arch, const std::string& accel);

/// "52:54:00" and three bytes that are the same for the same text.
std::string mac_of(const std::string& text);

} // namespace orch::drivers::qemu
