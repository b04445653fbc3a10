// What `create` and `adopt` are told of the machine besides its name: the driver, its options, the
// engine's and the swarm's.
#pragma once

#include "cmd/session.hpp"
#include "drivers/registry.hpp"
#include "machine/create.hpp"

#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
} // namespace CLI

namespace orch::cmd::machine {

struct HostOptions {
    std::string driver; // empty: the default
    orch::machine::EngineOptions engine;
    orch::machine::SwarmOptions swarm;
    std::vector<std::string> server_sans;
};

/// Adds --driver, the options of the engine and those of the swarm.
void add_host_options(
    CLI::App& verb,
    Session& session,
    const drivers::Registry& registry,
    const std::shared_ptr<HostOptions>& options
);

/// Completes the values of drivers' options that are a choice. They were added before.
void offer_choices(CLI::App& verb, Session& session, const drivers::Registry& registry);

/// A request without the driver's options. Throws Error(usage, invalid) for what is wrong with the
/// swarm's.
orch::machine::CreateRequest request_for(
    const std::string& name,
    const std::string& driver,
    const HostOptions& options,
    const Session& session
);

} // namespace orch::cmd::machine
