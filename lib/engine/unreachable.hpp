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
          url_(url), cause_(std::move(cause)), begun_(begun) {}

    [[nodiscard]] const std::string& url() const noexcept { return url_; }

    /// The message without the engine: "connection refused".
    [[nodiscard]] const std::string& cause() const noexcept { return cause_; }

    /// Whether a connection was there and is lost.
    [[nodiscard]] bool begun() const noexcept { return begun_; }

  private:
    std::string url_;
    std::string cause_;
    bool begun_;
};

} // namespace orch::engine
