// Files between this computer and machines, or between machines: what is typed, and the command
// lines of the programs that do it.
#pragma once

#include "lib/ssh/shell.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace orch::machine {

/// One side of a copy: "PATH", "localhost:PATH", "NAME:PATH" or "USER@NAME:PATH".
struct CopyEnd {
    std::string machine{}; // empty: this computer
    std::string user{};    // empty: the machine's own
    std::string path{};
    bool operator==(const CopyEnd&) const = default;
};

/// Splits at the first colon; a slash before it means a path of this computer, as scp has it.
CopyEnd parse_copy_end(const std::string& text);

struct CopyRequest {
    CopyEnd from;
    CopyEnd to;
    bool recursive = false;
    bool delta = false; // rsync instead of scp
    bool quiet = false;
};

/// The command line of scp, or of rsync. In the ssh_config file `config` every machine is a host of
/// its own, so that two machines may differ in everything. Throws Error(unsupported) for rsync from
/// machine to machine.
std::vector<std::string> copy_argv(const CopyRequest& request, const std::filesystem::path& config);

struct Mount {
    CopyEnd source;          // of a machine
    std::string mount_point; // on this computer
    bool operator==(const Mount&) const = default;
};

/// "[USER@][NAME:]PATH" and the mount point, which is the same path if it is empty. Without a name
/// the machine is "default".
Mount parse_mount(const std::string& source, const std::string& mount_point);

/// The command line of sshfs, which goes on in the background and connects again by itself: all
/// that it needs stands on it.
std::vector<std::string> mount_argv(const Mount& mount, const ssh::Address& address);

/// The command line that takes a mount away with `program`: fusermount3, fusermount or umount.
std::vector<std::string> unmount_argv(const std::string& program, const std::string& mount_point);

} // namespace orch::machine
