// A real TLS server that is not ours: the openssl program, answering GET with a page.
#pragma once

#include "lib/base/fd.hpp"

#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

namespace orch::test {

/// Runs `openssl ARGUMENTS...` to its end. Throws std::runtime_error with its output if it fails.
void openssl(const std::vector<std::string>& arguments);

/// `openssl s_server` on a free port of 127.0.0.1, ended with the object.
class TlsServer {
  public:
    /// `client_authority`: clients must show a certificate of it; empty: they need none.
    TlsServer(
        const std::filesystem::path& certificate,
        const std::filesystem::path& key,
        const std::filesystem::path& client_authority = {},
        const std::vector<std::string>& more_arguments = {}
    );
    ~TlsServer();
    TlsServer(const TlsServer&) = delete;
    TlsServer& operator=(const TlsServer&) = delete;

    [[nodiscard]] const std::string& port() const { return port_; }

  private:
    pid_t process_ = -1;
    Fd output_;
    std::string port_;
};

} // namespace orch::test
