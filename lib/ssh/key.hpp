// Private keys: making new ones, and what must be known of a file before it is used.
#pragma once

#include <filesystem>
#include <string>

namespace orch::ssh {

struct KeyPair {
    std::string private_text; // "openssh-key-v1", without passphrase
    std::string public_line;  // one line of authorized_keys, with newline
};

KeyPair generate_ed25519(const std::string& comment);

/// What a private key file tells without its passphrase.
struct KeyFile {
    std::filesystem::path path;
    std::string type;        // "ssh-ed25519", "ssh-rsa" ...; empty if it does not say
    std::string public_blob; // in wire encoding; empty if neither the file nor its .pub has it
    bool encrypted = false;  // protected by a passphrase
};

/// Throws Error(denied) unless the file can be read by its owner and by nobody else: ssh would not
/// use it.
void require_private(const std::filesystem::path& key);

/// Throws Error(denied) if the file is missing, unreadable or no private key.
KeyFile read_key_file(const std::filesystem::path& path);

} // namespace orch::ssh
