// Turns a host that answers SSH into an engine that answers over mutual TLS.
#pragma once

#include "lib/ssh/shell.hpp"
#include "machine/context.hpp"

#include <string>

namespace orch::machine::provision {

/// Over one connection: detect the system, install an engine where there is none, put certificates
/// and options in place, prove the engine from here. Changes and restarts nothing on a host that is
/// right already. `owner` is the user's name, for certificate subjects. Throws Error naming the
/// step, with the host's own last lines as details.
void run(
    const Machine& machine,
    const drivers::Reach& reach,
    ssh::Shell& shell,
    const std::string& owner,
    const Context& context,
    Job& job
);

struct Versions {
    std::string before;
    std::string after;
};

/// The same for a host that has an engine, whose package is upgraded first. The engine is restarted
/// only if its program was replaced, or if it was not right. Throws Error(unsupported) where the
/// engine is part of the operating system.
Versions upgrade(
    const Machine& machine,
    const drivers::Reach& reach,
    ssh::Shell& shell,
    const std::string& owner,
    const Context& context,
    Job& job
);

} // namespace orch::machine::provision
