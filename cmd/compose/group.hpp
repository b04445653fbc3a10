// `orch compose`, or the whole program under the name docker-compose.
#pragma once

#include "cmd/session.hpp"

#include <string_view>

namespace orch::cmd::compose {

constexpr std::string_view summary = "Define and run multi-container applications with Docker";

/// Brings --ansi, --verbose, --log-level and the variables for them together with the options that
/// all groups have. Throws Error(usage) for a value that is none of theirs.
void settle_output(Session& session);

/// The group's own options, its examples and its verbs.
void add_group(CLI::App& group, Session& session);

} // namespace orch::cmd::compose
