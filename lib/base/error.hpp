// The one exception of orch: a kind to branch on, a sentence to read, a next step, and where it
// happened.
#pragma once

#include <fmt/core.h>

#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace orch {

enum class Kind {
    usage,       // the command line is wrong; exit code 2
    invalid,     // a file or value is wrong
    not_found,   // what was named does not exist
    conflict,    // it exists already, or is in a state that forbids the request
    denied,      // credentials, certificates or permissions were refused
    network,     // no connection, or it broke
    timeout,     // no answer in time
    remote,      // the other side answered with a failure of its own
    unsupported, // orch, the driver or the engine cannot do this
    cancelled,   // the user interrupted; exit code 130
    internal,    // a defect of orch
};

/// Message rules: one sentence, lower case, no full stop, no "error:" prefix.
class Error : public std::exception {
  public:
    template <class... Args>
    Error(Kind kind, fmt::format_string<Args...> format, Args&&... args)
        : Error(kind, {}, fmt::format(format, std::forward<Args>(args)...)) {}

    /// The next step for the reader, shown as "hint: ...".
    template <class... Args>
    Error& hint(fmt::format_string<Args...> format, Args&&... args) {
        hint_ = fmt::format(format, std::forward<Args>(args)...);
        return *this;
    }

    /// A further line below the message: one finding, or a line of somebody else's output.
    Error& detail(std::string line) {
        details_.push_back(std::move(line));
        return *this;
    }

    /// What was being done, outermost last: "creating the server".
    Error& context(std::string what) {
        trail_.push_back(std::move(what));
        return *this;
    }

    [[nodiscard]] Kind kind() const noexcept { return kind_; }

    [[nodiscard]] const std::string& message() const noexcept { return message_; }

    [[nodiscard]] const std::string& hint() const noexcept { return hint_; }

    [[nodiscard]] const std::vector<std::string>& details() const noexcept { return details_; }

    [[nodiscard]] const std::vector<std::string>& trail() const noexcept { return trail_; }

    [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }

  private:
    struct Formatted {};

    Error(Kind kind, Formatted, std::string message) : kind_(kind), message_(std::move(message)) {}

    Kind kind_;
    std::string message_;
    std::string hint_;
    std::vector<std::string> details_;
    std::vector<std::string> trail_; // innermost first
};

/// Runs `body`; an Error that passes through learns that it happened while `what`.
template <class Body>
decltype(auto) doing(std::string_view what, Body&& body) {
    try {
        return std::forward<Body>(body)();
    } catch (Error& error) {
        error.context(std::string(what));
        throw;
    }
}

/// The text of any exception in flight, for the places that report instead of rethrowing.
std::string describe(const std::exception& error);

} // namespace orch
