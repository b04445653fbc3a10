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

/// What the words behind ssh's destination ask for.
struct ClientWords {
    std::string line;            // the remote command; empty: the login shell
    bool force_terminal = false; // -t
    bool no_terminal = false;    // -T
    bool no_input = false;       // -n
};

/// Reads them as the ssh program does, for a client of our own: options first, "--" ends them.
/// Those that change nothing here (-C, -q, -4 ...) are passed over; Error(unsupported) for the
/// others.
ClientWords parse_client_words(const std::vector<std::string>& words);

} // namespace orch::ssh
