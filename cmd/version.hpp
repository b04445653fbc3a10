// The version of the program, in the form that the name it was called by leads one to expect.
#pragma once

#include "cmd/session.hpp"

namespace orch::cmd {

/// "orch version 0.1.0"; under the old names in the form that scripts expect:
/// "docker-machine version 0.1.0, build orch", "docker-compose version 1.29.2, build orch".
int print_version(const CLI::App& group, Session& session);

/// The verb `version` of the top level.
void add_version(CLI::App& verb, Session& session);

} // namespace orch::cmd
