// `orch compose`, or the whole program under the name docker-compose.
#pragma once

#include "cmd/session.hpp"

#include <string_view>

namespace orch::cmd::compose {

constexpr std::string_view summary = "Define and run multi-container applications with Docker";

/// The group's own options, its examples and its verbs.
void add_group(CLI::App& group, Session& session);

} // namespace orch::cmd::compose
