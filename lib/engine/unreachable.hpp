// No answer came from an engine, and why.
#pragma once

#include "lib/base/error.hpp"

#include <string>
#include <utility>

namespace orch::engine {

/// Kind network, timeout, or denied (a certificate was refused by either side, no permission for
/// the socket). Thrown by every call.
class Unreachable : public Error {
  public:
    Unreachable(Kind kind, const std::string& url, std::string cause, bool begun)
        : Error(
              kind,
              "{} the Docker engine at {}: {}",
              begun ? "lost the connection to" : "cannot connect to",
              url,
              cause
          ),
          cause_(std::move(cause)) {}

    /// The message without the engine: "connection refused".
    [[nodiscard]] const std::string& cause() const noexcept { return cause_; }

  private:
    std::string cause_;
};

} // namespace orch::engine
