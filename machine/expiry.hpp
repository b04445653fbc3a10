// When the certificates of machines run out. Looks at files only; asks no engine.
#pragma once

#include "machine/machine.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>

namespace orch::machine {

/// From this many days before the end on, users are told.
inline constexpr int expiry_warning_days = 30;

/// Reads each file once, also when many machines share it. Any thread.
class Expiries {
  public:
    using Time = std::chrono::system_clock::time_point;

    /// The first end of the machine's server certificate, its client certificate and their
    /// authority. Nothing if it has no certificates, or none that can be read.
    std::optional<Time> earliest(const AuthOptions& auth);

  private:
    std::optional<Time> end_of(const std::filesystem::path& certificate);

    std::mutex mutex_;
    std::map<std::filesystem::path, std::optional<Time>> known_;
};

/// Whole days from `now` to `end`, negative afterwards.
int days_left(Expiries::Time end, Expiries::Time now);

} // namespace orch::machine
