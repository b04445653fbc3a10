// Logging in to an open session with the keys there are.
#pragma once

#include "lib/ssh/libssh2_session.hpp"
#include "lib/ssh/shell.hpp"

#include <filesystem>
#include <string>

namespace orch::ssh {

/// Where keys come from when the address names none, or one with a passphrase.
struct KeySources {
    std::filesystem::path home;
    std::string agent_socket; // empty: no agent
};

/// libssh2 1.10 signs with RSA keys in the way of SHA-1 only, which servers refuse today, and knows
/// no hardware keys.
bool libssh2_can_sign(const std::string& key_type);

/// No key was named, and those there are did not do.
struct NoKeyFits : Error {
    using Error::Error;
    bool skipped = false; // the agent has keys that libssh2 cannot use
};

/// Throws Error(denied): no usable key, or the server refuses all of them (NoKeyFits if none
/// was named); TimedOut; cancelled.
void log_in(
    const Libssh2Session& session,
    const Address& address,
    const KeySources& sources,
    const Limit& limit
);

} // namespace orch::ssh
