// From a machine to the two ways of talking to it: SSH and its engine.
#pragma once

#include "lib/engine/endpoint.hpp"
#include "lib/engine/types.hpp"
#include "lib/ssh/shell.hpp"
#include "machine/context.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace orch::machine {

/// The engine's endpoint with the client certificate of the machine. Throws Error(not_found) "Host
/// is not running" if the machine has no address (yet).
engine::Endpoint endpoint(const Machine& machine, const drivers::Reach& reach);

/// Asks the engine for its version over mutual TLS: the proof that address, port and certificates
/// are right. Throws what the engine's answer means.
engine::Version check_connection(
    const Context& context,
    const engine::Endpoint& endpoint,
    std::chrono::milliseconds timeout,
    const std::stop_token& stop
);

/// Logs in, trying again while the host is still booting, and says what it waits for. `boots` as in
/// drivers::Info: a new host may refuse logins at first, an existing one that does is wrong. Throws
/// the last failure, with what the host printed meanwhile.
std::unique_ptr<ssh::Shell> wait_for_ssh(
    const Context& context,
    const std::string& machine,
    const drivers::Reach& reach,
    bool boots,
    Job& job
);

} // namespace orch::machine
