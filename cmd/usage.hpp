// What CLI11 complains about, in orch's words.
#pragma once

#include "cmd/session.hpp"
#include "lib/base/error.hpp"

namespace CLI {
class ParseError;
}

namespace orch::cmd {

/// A wrong command line that docker-machine answers with the verb's help on standard output. Under
/// other names it is a usage error like any other.
class ErrorWithHelp : public Error {
  public:
    enum class Headline {
        none,
        incorrect_usage, // "Incorrect Usage." above the help; ends with 2, not with
                         // docker-machine's 0
    };

    explicit ErrorWithHelp(Error error, Headline headline = Headline::none)
        : Error(std::move(error)), headline_(headline) {}

    [[nodiscard]] Headline headline() const noexcept { return headline_; }

  private:
    Headline headline_;
};

/// Throws what is wrong. `root` has just failed to parse with `complaint`.
[[noreturn]] void
throw_usage_error(const CLI::ParseError& complaint, CLI::App& root, const Session& session);

} // namespace orch::cmd
