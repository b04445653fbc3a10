// What the sources of Engine share; for this room only.
#pragma once

#include "lib/engine/caller.hpp"
#include "lib/engine/engine.hpp"

#include <chrono>
#include <map>
#include <string>

namespace orch::engine {

struct Engine::Shared : Caller {
    using Caller::Caller;

    /// The logs that are at `path`. `details`: labels in front of the lines.
    void read_logs(
        const std::string& path,
        bool details,
        bool tty,
        const LogOptions& options,
        const std::function<bool(int, std::string_view)>& on_output,
        const std::stop_token& stop
    );
};

/// For streams and calls that last as long as they last.
inline constexpr std::chrono::milliseconds no_limit{0};

/// For changes: a busy engine does them one after the other.
inline constexpr std::chrono::seconds change_limit{300};

/// A truth value as queries spell it.
std::string flag(bool value);

/// The query of a list call.
std::map<std::string, std::string> with_filters(const Filters& filters);

/// Accepts an answer whose 304 means that there was nothing to do.
void accept(const http::Response& response);

/// Accepts an answer to a removal: what is gone already is removed.
void accept_removed(const http::Response& response);

} // namespace orch::engine
