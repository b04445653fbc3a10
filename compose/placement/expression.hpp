// Placement expressions of the standalone swarm: "storage==ssd", "node!=~/^db[0-9]/".
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace orch::compose::placement {

struct Expression {
    std::string text; // as written
    std::string key;
    std::string value;    // without the marks of a soft one
    bool negated = false; // "!="
    bool soft = false;    // "~": wished for, not required

    /// Whether the value stands for itself only: no glob, no regular expression.
    [[nodiscard]] bool literal() const;

    /// Case-sensitive. A value in slashes is a regular expression that has to be found in a
    /// candidate; in any other one "*" stands for any text and the whole candidate has to match,
    /// where everything else that means something in a regular expression still does. A broken
    /// regular expression matches nothing.
    [[nodiscard]] bool found_in(const std::vector<std::string>& candidates) const;

    /// What is asked for: found_in(), or its opposite for "!=".
    [[nodiscard]] bool holds_for(const std::vector<std::string>& candidates) const {
        return found_in(candidates) != negated;
    }

    bool operator==(const Expression&) const = default;
};

/// Throws Error(invalid) with the words of the standalone swarm: "Key 'x' is invalid",
/// "Value 'x' is invalid", "One of operator ==, != is expected".
Expression parse_expression(std::string_view text);

} // namespace orch::compose::placement
