// The scripts that change a host: each may be run twice and then changes nothing. They run as root,
// on standard input of "sh -s", so that no secret ever stands on a command line.
#pragma once

#include "machine/provision/provisioner.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace orch::machine::provision {

struct RemoteFile {
    std::string_view path;
    std::string content; // text that ends in a newline
    unsigned mode = 0644;
};

/// A line "@@orch note TEXT" of a script's output is meant for the user.
inline constexpr std::string_view note_marker = "@@orch note ";

/// Installs the engine: from `install_url` (a shell script), or with "distro", or when the script
/// cannot be fetched, as the distribution's own package.
std::string install_script(const Provisioner& provisioner, std::string_view install_url);

/// Writes the files, sets the host's name, takes a docker.socket unit out of the way, and restarts
/// the engine only if something changed or the running one is older than its configuration. Prints
/// "@@orch restarted" if it did. Fails with the journal's last lines when the engine does not come
/// up.
std::string configure_script(std::string_view host_name, const std::vector<RemoteFile>& files);

} // namespace orch::machine::provision
