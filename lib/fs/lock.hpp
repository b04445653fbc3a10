// An advisory lock between orch processes.
#pragma once

#include "lib/base/fd.hpp"

#include <chrono>
#include <filesystem>
#include <stop_token>

namespace orch::fs {

/// Held while the object lives; the system drops it when the process dies.
class Lock {
  public:
    /// Locks `file` (created 0600 if missing), waiting up to `patience` for another holder.
    /// Throws Error(conflict) naming the file when the time is over, Error(cancelled) on stop.
    Lock(
        const std::filesystem::path& file,
        std::chrono::milliseconds patience,
        const std::stop_token& stop
    );

    /// Whether somebody holds the lock right now. Never waits, never writes.
    static bool is_held(const std::filesystem::path& file);

  private:
    Fd fd_;
};

} // namespace orch::fs
