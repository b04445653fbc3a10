// The scripts that change a host: each may be run twice and then changes nothing. They run as root,
// on standard input of "sh -s", so that no secret ever stands on a command line.
#pragma once

#include "machine/provision/engine_config.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace orch::machine::provision {

/// A line "@@orch note TEXT" of a script's output is meant for the user.
inline constexpr std::string_view note_marker = "@@orch note ";

/// Installs the engine: from `install_url` (a shell script), or with "distro", or when the script
/// cannot be fetched, as the distribution's own package; also for Docker's script on a system that
/// it does not know.
std::string
install_script(const Provisioner& provisioner, const OsRelease& os, std::string_view install_url);

/// Upgrades the package that `dockerd` comes from and what belongs to it, nothing else. Prints
/// "@@orch version BEFORE AFTER".
std::string upgrade_script(const Provisioner& provisioner, std::string_view dockerd);

struct Configuration {
    std::string host_name;
    std::vector<RemoteFile> files;
    int port = 2376;
    bool replaced_program_restarts = false; // an engine whose program was upgraded since it started
};

/// Writes the files, sets the host's name, takes a docker.socket unit out of the way, and restarts
/// the engine only if something changed or the running one is older than its configuration. Prints
/// "@@orch restarted" if it did. Fails with the engine's last words when it does not come up.
std::string configure_script(const Provisioner& provisioner, const Configuration& wanted);

} // namespace orch::machine::provision
