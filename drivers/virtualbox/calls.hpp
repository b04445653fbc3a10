// The calls that make and change a machine, as argument vectors. Pure; spelled so that VirtualBox 5
// to 7 take them on x86, and 7.1 and later on ARM.
#pragma once

#include "drivers/virtualbox/network.hpp"
#include "drivers/virtualbox/wishes.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace orch::drivers::virtualbox {

struct Hardware {
    int cpus = 1;
    int memory = 1024; // MB
    bool host_resolver = false;
    bool dns_proxy = true;
    bool boots_disk = true;                // else the CD
    std::filesystem::path serial_log = {}; // what the guest writes to its console; empty: nowhere
    bool arm = false;
};

/// The ports of a machine's only disk controller.
enum class Port { cd = 0, first = 1, second = 2 };

Args create_vm(const std::string& name, const std::string& id, const std::filesystem::path& folder);
Args set_hardware(const std::string& id, const Hardware& hardware);
Args nat_card(const std::string& id, const std::string& type);
Args host_only_card(
    const std::string& id,
    const Attachment& attachment,
    const std::string& type,
    const std::string& promiscuous
);
Args storage_controller(const std::string& id);
Args attach_cd(const std::string& id, const std::filesystem::path& file);
Args attach_disk(const std::string& id, Port port, const std::filesystem::path& file);

/// Gives the disk at a port a serial number, by which the guest finds it.
Args disk_serial(const std::string& id, Port port, const std::string& serial);

/// The path of a disk with such a number in a Linux guest.
std::string disk_by_serial(const std::string& serial);

/// Where guests with VirtualBox's additions mount what is shared: share "x" at /x.
std::vector<Args> mount_places(const std::string& id);
std::vector<Args> share(const std::string& id, const Share& share);

Args forget_ssh(const std::string& id);
Args forward_ssh(const std::string& id, int port);

/// The same for a machine that runs.
Args forward_ssh_now(const std::string& id, int port);

/// "ssh,tcp,127.0.0.1,2222,,22" as forward_ssh() sets it: the port; 0 without such a rule.
int ssh_port(const VmInfo& vm);

Args start(const std::string& id, const std::string& ui_type);
Args control(const std::string& id, const std::string& verb);

} // namespace orch::drivers::virtualbox
