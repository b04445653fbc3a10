// The command line of the system's ssh program for an address.
#pragma once

#include "lib/ssh/shell.hpp"

#include <string>
#include <vector>

namespace orch::ssh {

/// "ssh [-o ...] OPTIONS USER@HOST -p PORT"; words that follow are the remote command. The user's
/// own ssh configuration is left out, so that it works the same everywhere. `options` are further
/// words for ssh: {"-t"}, {"-o", "BatchMode=yes"}.
std::vector<std::string>
system_ssh_argv(const Address& address, const std::vector<std::string>& options = {});

} // namespace orch::ssh
