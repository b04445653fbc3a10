// The way to an engine behind ssh: a unix socket of this process, each connection to which becomes
// an `ssh HOST docker system dial-stdio`, as the docker command does it.
#pragma once

#include "lib/engine/endpoint.hpp"
#include "lib/os/environment.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace orch::engine {

class SshGate {
  public:
    /// `program` is ssh, absolute; `argv` its whole command line, `environment` its variables. The
    /// folder of the socket is made under `temp_dir`. Throws Error(internal).
    struct Way {
        std::string program;
        std::vector<std::string> argv;
        std::vector<std::string> environment;
        std::string temp_dir;
    };

    explicit SshGate(Way way);

    /// Ends all connections, and removes the socket.
    ~SshGate();

    SshGate(const SshGate&) = delete;
    SshGate& operator=(const SshGate&) = delete;

    /// The socket's path.
    [[nodiscard]] const std::string& socket() const noexcept;

    /// What ssh said last on standard error, one line; empty if it said nothing. Waits a moment for
    /// it if an ssh has just ended. Any thread.
    [[nodiscard]] std::string last_words() const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

/// Reads "ssh://[USER@]HOST[:PORT]" and opens the gate, which lives as long as a copy of the
/// endpoint. Keys come from the user's ssh configuration or agent: nothing is asked. Throws
/// Error(invalid) for another form, Error(not_found) without an ssh program.
Endpoint ssh_endpoint(std::string_view docker_host, const os::Environment& environment);

} // namespace orch::engine
