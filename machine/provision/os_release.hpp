// /etc/os-release as os-release(5) defines it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace orch::machine::provision {

struct OsRelease {
    std::string id;                   // "debian"
    std::vector<std::string> id_like; // "debian" for Ubuntu's derivatives
    std::string version_id;           // "12"
    std::string variant_id;           // "coreos" of Fedora CoreOS
    std::string pretty_name;          // "Debian GNU/Linux 12 (bookworm)"
};

/// Reads KEY=VALUE lines with shell quoting (single, double, backslash); what is no such line is
/// skipped, so is every other key.
OsRelease parse_os_release(std::string_view text);

} // namespace orch::machine::provision
