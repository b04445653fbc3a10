// A real sshd on the loopback interface, with keys and configuration of its own.
#pragma once

#include "lib/process/child.hpp"
#include "lib/ssh/shell.hpp"
#include "tests/support/temp_dir.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace orch::testing {

class SshServer {
  public:
    /// Starts; logins with the key of address() are accepted. Throws if sshd fails.
    SshServer();
    ~SshServer();

    SshServer(const SshServer&) = delete;
    SshServer& operator=(const SshServer&) = delete;

    /// With the ed25519 key and an empty known_hosts file.
    [[nodiscard]] ssh::Address address() const;

    [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }

    /// A new key from ssh-keygen: its private file. Accepted only after authorize().
    std::filesystem::path make_key(
        const std::string& name, const std::string& type, const std::string& passphrase = {}
    ) const;
    void authorize(const std::filesystem::path& key) const;

    /// The same port, another host key of the same type.
    void change_host_key();

    void stop();

  private:
    void start();

    test::TempDir folder_;
    int port_ = 0;
    std::optional<process::Child> child_;
};

} // namespace orch::testing
