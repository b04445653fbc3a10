#include "lib/os/capabilities.hpp"

#include <array>
#include <fstream>
#include <limits>
#include <string_view>

namespace orch::os {

namespace {

// In the order of <linux/capability.h>. Those behind AUDIT_READ are unknown to engines that were
// built with an older Go, and no host needs them.
constexpr std::array<std::string_view, 38> names{
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "LINUX_IMMUTABLE",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_ADMIN",
    "NET_RAW",
    "IPC_LOCK",
    "IPC_OWNER",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_CHROOT",
    "SYS_PTRACE",
    "SYS_PACCT",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_NICE",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "MKNOD",
    "LEASE",
    "AUDIT_WRITE",
    "AUDIT_CONTROL",
    "SETFCAP",
    "MAC_OVERRIDE",
    "MAC_ADMIN",
    "SYSLOG",
    "WAKE_ALARM",
    "BLOCK_SUSPEND",
    "AUDIT_READ",
};

} // namespace

std::uint64_t bounding_capabilities() {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;) {
        std::uint64_t bits = 0;
        if (word == "CapBnd:" && status >> std::hex >> bits)
            return bits;
    }
    return std::numeric_limits<std::uint64_t>::max();
}

std::vector<std::string> capability_names(std::uint64_t bits) {
    std::vector<std::string> result;
    for (std::size_t i = 0; i < names.size(); ++i)
        if ((bits >> i & 1) != 0)
            result.emplace_back(names[i]);
    return result;
}

} // namespace orch::os
