// What `create` has to know of a driver that is a program of its own before it can read its own
// command line.
#pragma once

#include "cmd/complete.hpp"
#include "cmd/session.hpp"
#include "drivers/registry.hpp"

#include <string>
#include <vector>

namespace orch::cmd::machine {

/// The plugin that this command line names, with its options; null if it names none. Throws
/// Error(not_found) with docker-machine's words if there is no driver of that name, and what a
/// plugin that does not work means. Completion gets null instead.
const drivers::Row* named_plugin(const drivers::Registry& registry, const Session& session);

/// The same for a driver whose name comes from elsewhere; nothing if there is none, or if its
/// options are known.
void learn_options(
    const drivers::Registry& registry, const std::string& driver, const Session& session
);

/// All drivers by name, for completion.
std::vector<Candidate> driver_candidates(const drivers::Registry& registry);

} // namespace orch::cmd::machine
