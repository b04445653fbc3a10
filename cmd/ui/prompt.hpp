// Asking the person at the terminal.
#pragma once

#include "cmd/ui/console.hpp"

#include <optional>
#include <stop_token>
#include <string>

namespace orch::cmd::ui {

/// Shows `question` as it is on standard error and reads one line from `in`; nullopt at the end of
/// input. Throws Error(cancelled) when a stop is requested meanwhile.
std::optional<std::string>
ask(const std::string& question, Console& console, int in, const std::stop_token& stop);

/// Whether the answer is y or yes in any case. Answers may be piped in; when there is nobody to
/// answer, throws Error(usage) with `way_on` as its hint.
bool confirm(
    const std::string& question,
    const std::string& way_on,
    Console& console,
    const std::stop_token& stop,
    int in = 0
);

} // namespace orch::cmd::ui
