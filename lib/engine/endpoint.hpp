// Where Docker API calls go.
#pragma once

#include "lib/http/client.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace orch::engine {

class SshGate;

struct Endpoint {
    std::string socket{}; // path of a unix socket; empty: use `host`
    std::string host{};   // "10.0.0.7", "web1.example.org", "[fd00::1]"
    int port = 2376;
    std::optional<http::Tls> tls{}; // none: plain HTTP
    std::string api_version{};      // speak this one; empty: what both sides know
    std::chrono::seconds limit{}; // for every call that does not last as long as it lasts; 0: each
                                  // has its own

    std::shared_ptr<const SshGate> gate{}; // whose socket it is, if the engine is behind ssh
    std::string address{};                 // then "ssh://me@web1"

    /// As DOCKER_HOST spells it: "unix:///var/run/docker.sock", "tcp://10.0.0.7:2376".
    [[nodiscard]] std::string url() const;
    bool operator==(const Endpoint&) const = default;
};

/// Reads a DOCKER_HOST value: unix:///path, tcp://host:port, http(s)://host:port, host:port. Throws
/// Error(invalid) naming the value; Error(unsupported) for npipe:// and for ssh://, which needs
/// ssh_endpoint().
Endpoint parse_endpoint(std::string_view docker_host, std::optional<http::Tls> tls);

} // namespace orch::engine
