// The proof that a machine's engine can be used, and what is wrong if it cannot.
#pragma once

#include "machine/connection.hpp"

#include <chrono>
#include <string>

namespace orch::machine {

/// Asks what answers at `url`, the machine's engine or swarm manager, for its version over mutual
/// TLS. Throws as check_connection(); where a certificate is the cause, Error(denied) in
/// docker-machine's words, with the command that mends it.
engine::Version check_tls(
    const Context& context,
    const Machine& machine,
    const std::string& url,
    std::chrono::milliseconds timeout,
    const std::stop_token& stop
);

} // namespace orch::machine
