// Text that must not be printed: formatting or logging it shows ***.
#pragma once

#include <fmt/core.h>

#include <string>
#include <utility>

namespace orch {

class Secret {
  public:
    Secret() = default;

    explicit Secret(std::string value) : value_(std::move(value)) {}

    /// The one way to the text; every use is easy to find.
    [[nodiscard]] const std::string& reveal() const noexcept { return value_; }

    [[nodiscard]] bool empty() const noexcept { return value_.empty(); }

    bool operator==(const Secret&) const = default;

  private:
    std::string value_;
};

} // namespace orch

template <>
struct fmt::formatter<orch::Secret> : fmt::formatter<fmt::string_view> {
    template <class Context>
    auto format(const orch::Secret&, Context& context) const {
        return fmt::formatter<fmt::string_view>::format("***", context);
    }
};
