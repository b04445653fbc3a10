// Completion of services by what their containers are doing.
#pragma once

#include "cmd/session.hpp"

#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
} // namespace CLI

namespace orch::cmd::compose {

enum class Having { running, stopped, paused }; // at least one container that is

/// The positional SERVICE of a verb, completed with the services that have such a container; with
/// all services of the file if the engine does not answer at once.
CLI::Option*
add_services(CLI::App& verb, Session& session, std::vector<std::string>& services, Having having);

/// The same completion for a positional of another kind.
void offer_services(CLI::Option& option, Session& session, Having having);

} // namespace orch::cmd::compose
