// One snapshot of the process environment, taken in main and handed down; the only place that calls
// getenv.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace orch::os {

class Environment {
  public:
    Environment() = default;

    explicit Environment(std::map<std::string, std::string, std::less<>> values)
        : values_(std::move(values)) {}

    /// Of this process, now.
    static Environment snapshot();

    /// The value if the variable is set, even if it is empty.
    [[nodiscard]] std::optional<std::string> get(std::string_view name) const;

    /// The value if it is set and not empty, else `fallback`.
    [[nodiscard]] std::string get_or(std::string_view name, std::string fallback) const;

    [[nodiscard]] const std::map<std::string, std::string, std::less<>>& all() const noexcept {
        return values_;
    }

    /// $HOME, else the password database's entry. Throws Error(not_found) if there is neither.
    [[nodiscard]] std::filesystem::path home() const;

  private:
    std::map<std::string, std::string, std::less<>> values_;
};

} // namespace orch::os
