// Reads the words of a command line along the command tree, before CLI11 does: to bring them into a
// spelling that CLI11 reads in one way only, and to know what a word to be completed stands for.
#pragma once

#include "cmd/session.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
class Option;
} // namespace CLI

namespace orch::cmd {

/// Feed the words after the program's name one by one. What it writes:
/// - values apart from their options ("--driver=none" and "-dnone" become two words, so that an
///   empty value stays one), clusters of flags taken apart;
/// - in the machine group one dash or two for any option, as docker-machine reads them;
/// - "--" before the first positional of a verb with prefix_command(): the rest is not orch's;
/// - nothing behind a command that a group does not know: it cannot be judged.
class Walker {
  public:
    Walker(CLI::App& root, Session& session);

    void feed(const std::string& word);

    /// The words in their new spelling.
    [[nodiscard]] const std::vector<std::string>& words() const noexcept { return words_; }

    /// The command so far; it is grown.
    [[nodiscard]] CLI::App& app() const noexcept { return *app_; }

    /// The option whose value comes next, or null.
    [[nodiscard]] const CLI::Option* awaiting() const noexcept { return awaiting_; }

    /// The positional that the next plain word fills, or null.
    [[nodiscard]] const CLI::Option* positional() const;

    /// Whether words that begin with a dash are plain now.
    [[nodiscard]] bool literal() const noexcept { return literal_; }

    /// Whether a word was no command of its group.
    [[nodiscard]] bool lost() const noexcept { return lost_; }

    /// The first word that is an option or a command nobody knows, or empty.
    [[nodiscard]] const std::string& strange() const noexcept { return strange_; }

    /// An option of the command so far or of one above it, by its spelling with dashes.
    [[nodiscard]] const CLI::Option* find(const std::string& spelling) const;

  private:
    void plain(const std::string& word);
    void option(const std::string& word);
    void cluster(const std::string& word);
    void take(const CLI::Option& option, const std::string& spelling, const std::string* value);
    [[nodiscard]] std::string go_spelling(const std::string& name) const;

    Session& session_;
    CLI::App* app_;
    std::vector<std::string> words_;
    const CLI::Option* awaiting_ = nullptr;
    std::size_t positionals_ = 0;
    bool literal_ = false;
    bool lost_ = false;
    std::string strange_;
};

} // namespace orch::cmd
