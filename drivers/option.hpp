// What a driver can be told: declared as data, so that flags, help, completion and man pages agree.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace orch::drivers {

enum class OptionKind { text, integer, flag, list };

struct Option {
    std::string name;         // without dashes: "generic-ip-address"; begins with the driver's name
    std::string env;          // variable that sets it, or empty
    std::string env_else{};   // variable that sets it where `env` does not
    std::string env_unless{}; // with this variable set, `env_else` does not count
    OptionKind kind = OptionKind::text;
    std::string
        fallback{}; // default as text; integers in decimal, flags "" (false), lists comma-separated
    std::string help;
    bool secret = false;                // never stored in config.json, never logged
    bool per_machine = false;           // with several machines, "a,b,c" gives each its own value
    std::vector<std::string> choices{}; // what completion offers, and the only values it takes,
    bool open_ended = false;            // unless this says that there are others; where there is
                                        // no default, it may be empty too
};

/// Values by option name, complete: every declared option has one, from flag, environment or
/// default.
class Values {
  public:
    using Value = std::variant<std::string, std::int64_t, bool, std::vector<std::string>>;

    void set(std::string name, Value value) { values_[std::move(name)] = std::move(value); }

    /// By option name.
    [[nodiscard]] const std::map<std::string, Value, std::less<>>& all() const noexcept {
        return values_;
    }

    /// Throw Error(internal) for an option that was not declared with that kind; integer() throws
    /// Error(usage) for a number beyond 32 bits.
    [[nodiscard]] const std::string& text(std::string_view name) const;
    [[nodiscard]] int integer(std::string_view name) const;
    [[nodiscard]] bool flag(std::string_view name) const;
    [[nodiscard]] const std::vector<std::string>& list(std::string_view name) const;

  private:
    std::map<std::string, Value, std::less<>> values_;
};

/// The value an option has when only the environment and its default speak. `raw` is the variable's
/// value if it is set and not empty. Throws Error(usage) for text that is not a number, or none of
/// the choices.
Values::Value value_from_text(const Option& option, std::string_view raw);

} // namespace orch::drivers
