// A provisioner knows one family of operating systems: how an engine gets there. The table is data,
// in order.
#pragma once

#include "machine/provision/facts.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace orch::machine::provision {

struct Provisioner {
    std::string_view name; // docker-machine's word: "debian", "ubuntu(systemd)"
    std::function<bool(const OsRelease&)> matches;

    /// Shell functions install_packages PACKAGE... and install_distro_engine, run as root under
    /// "set -eu"; waiting for locks of other package managers is their business.
    std::string_view packages_script;
};

/// The first row of the table that matches. Throws Error(unsupported) "OS type not recognized"
/// naming the system, or for a Debian without systemd.
const Provisioner& detect(const Facts& facts);

} // namespace orch::machine::provision
