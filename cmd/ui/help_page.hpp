// Help as orch shows it: usage, one line of purpose, aligned options, examples at the end.
#pragma once

#include "cmd/session.hpp"

#include <string>

namespace orch::cmd::ui {

/// Of a group or a verb that is grown. Examples are its footer.
std::string help_page(const CLI::App& app, const Session& session);

} // namespace orch::cmd::ui
