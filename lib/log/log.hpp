// Diagnostic lines for --debug. The one process-wide state of orch: a library call deep down or a
// destructor has no one to hand a logger to it, and a log line never changes what a program does.
#pragma once

#include <fmt/core.h>

#include <functional>
#include <string>
#include <string_view>

namespace orch::log {

/// Receives finished lines without newline, from any thread, one call at a time.
using Writer = std::function<void(std::string_view category, std::string_view line)>;

/// Sets who writes; an empty function turns logging off (the start state).
void set_writer(Writer writer);

/// Whether anybody listens; check it before building an expensive line.
[[nodiscard]] bool enabled() noexcept;

void write(std::string_view category, std::string_view line);

/// Formats only when somebody listens. `category` is the room: "http", "ssh", "process" ...
template <class... Args>
void debug(std::string_view category, fmt::format_string<Args...> format, Args&&... args) {
    if (enabled())
        write(category, fmt::format(format, std::forward<Args>(args)...));
}

} // namespace orch::log
