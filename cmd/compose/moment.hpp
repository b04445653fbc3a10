// Points in time as people type them.
#pragma once

#include <cstdint>
#include <string>

namespace orch::cmd::compose {

/// Seconds since 1970, as the engine wants them, from "1700000000.5", "10m" or "1h30m" before
/// `now`, or a date like 2026-01-02T03:04:05Z (without a zone: local time; the time may be left
/// out). Empty stays empty. Throws Error(usage), naming `option`, for anything else.
std::string moment(const std::string& word, const std::string& option, std::int64_t now_seconds);

} // namespace orch::cmd::compose
