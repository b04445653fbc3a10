// Connects over libssh2, or through the system's ssh program for keys that libssh2 cannot use.
#pragma once

#include "lib/process/runner.hpp"
#include "lib/ssh/shell.hpp"

#include <filesystem>
#include <string>

namespace orch::ssh {

class Libssh2Connector : public Connector {
  public:
    /// `home` has the default keys in .ssh; `agent_socket` is the value of SSH_AUTH_SOCK, or empty.
    /// The shells use `runner` as well.
    Libssh2Connector(process::Runner& runner, std::filesystem::path home, std::string agent_socket)
        : runner_(runner), home_(std::move(home)), agent_socket_(std::move(agent_socket)) {}

    std::unique_ptr<Shell> connect(
        const Address& address, std::chrono::milliseconds timeout, const std::stop_token& stop
    ) override;

  private:
    process::Runner& runner_;
    std::filesystem::path home_;
    std::string agent_socket_;
};

} // namespace orch::ssh
