// Which host keys are known: the text format of OpenSSH's known_hosts, plain names only.
#pragma once

#include "lib/ssh/shell.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace orch::ssh {

struct HostKey {
    std::string type;     // "ssh-ed25519"
    std::string blob;     // in wire encoding
    std::size_t line = 0; // in the file, from 1

    bool operator==(const HostKey&) const = default;
};

/// How known_hosts names the host: "host", or "[host]:port" when the port is not 22.
std::string host_key_name(const Address& address);

/// The keys that `text` pins for this host. Hashed names, patterns and markers are not looked at.
std::vector<HostKey> pinned_keys(std::string_view text, const Address& address);

/// The same of the file Address::known_hosts; none if there is no such file.
std::vector<HostKey> pinned_keys(const Address& address);

/// What to do about a pinned key that does not fit any more, as a hint.
std::string changed_key_hint(const Address& address);

/// Accepts the key the host presents (`blob`, in wire encoding) if it is pinned; pins it if nothing
/// is. Throws Error(denied) if another one is pinned: "the host key of HOST has changed".
void check_host_key(const Address& address, std::string_view blob);

} // namespace orch::ssh
