// Shell functions for each package manager: data of the table of provisioners. They run as root
// under "set -eu".
#pragma once

#include <string_view>

namespace orch::machine::provision::packages {

// Each text defines
//   install_packages PACKAGE...   those that are missing
//   owner_of PATH                 prints the package that a program belongs to
//   upgrade_packages PACKAGE...   those of them that are installed; nothing else is upgraded
// Whoever else holds the package manager's lock is waited for.
extern const std::string_view apt;
extern const std::string_view dnf; // and its ancestor yum
extern const std::string_view zypper;
extern const std::string_view pacman;
extern const std::string_view apk;
extern const std::string_view unknown;

/// What all of them use, above all `patiently COMMAND...`, which runs a command again while another
/// process has the lock, and `give_up MESSAGE...`, which ends the script.
extern const std::string_view common;

} // namespace orch::machine::provision::packages
