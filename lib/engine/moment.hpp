// Times as people give them to docker: --since 15m, --until 2026-01-31T12:00:00Z.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace orch::engine {

/// Seconds since 1970, perhaps with a fraction, as the engine's API takes them. `word` is so long
/// before `now` ("90s", "1h30m"), a date or a time of RFC 3339 (local without a zone; seconds,
/// minutes and hours may be left out), or seconds since 1970. Nothing if it is none of these.
std::optional<std::string>
read_moment(const std::string& word, std::chrono::system_clock::time_point now);

} // namespace orch::engine
