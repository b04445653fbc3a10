// The version of the program, in the form that the name it was called by leads one to expect.
#pragma once

#include "cmd/session.hpp"

namespace orch::cmd {

/// "orch version 0.1.0"; the groups say "docker-machine version 0.1.0, build orch" as scripts
/// expect it.
int print_version(const CLI::App& group, Session& session);

/// The verb `version` of the top level.
void add_version(CLI::App& verb, Session& session);

} // namespace orch::cmd
