// Hosts as blocks of an ssh_config(5) file, for programs that call ssh themselves.
#pragma once

#include "lib/ssh/shell.hpp"

#include <string>

namespace orch::ssh {

/// "Host ALIAS" with all that leads to the address: key, port, user, pinned host keys.
std::string config_block(const std::string& alias, const Address& address);

/// A file name as an option's value: in quotes if it has spaces, % doubled, because ssh expands it.
/// The null device for none.
std::string option_path(const std::filesystem::path& path);

/// An address without the brackets that URLs put around IPv6.
std::string bare_host(const std::string& host);

} // namespace orch::ssh
