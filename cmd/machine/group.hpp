// `orch machine`, or the whole program under the name docker-machine.
#pragma once

#include "cmd/session.hpp"

#include <string_view>

namespace orch::cmd::machine {

constexpr std::string_view summary = "Create and manage machines running Docker";

/// The group's own options, its examples and its verbs.
void add_group(CLI::App& group, Session& session);

} // namespace orch::cmd::machine
