// Completion: the program completes itself from its own command tree, so that the shells' scripts
// know nothing that could become wrong.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
} // namespace CLI

namespace orch::cmd {

struct Session;

struct Candidate {
    std::string value;
    std::string description; // may be empty
    bool operator==(const Candidate&) const = default;
};

/// Called when a value is to be completed; may read the store, must not ask the network for long.
/// What it throws means no candidates.
using Provider = std::function<std::vector<Candidate>()>;

/// Who knows the values of which option or positional.
class Completions {
  public:
    void add(const CLI::Option& option, Provider provider) {
        providers_[&option] = std::move(provider);
    }

    [[nodiscard]] std::vector<Candidate> values(const CLI::Option* option) const;

  private:
    std::map<const CLI::Option*, Provider> providers_;
};

/// What the last of `words` may become; the first one is the program's name. Nothing where any file
/// name will do.
std::vector<Candidate> complete(const std::vector<std::string>& words, Session& session);

/// The hidden verb `__complete SHELL WORDS...`: a candidate per line, its description behind a tab
/// for shells that show one.
void add_complete(CLI::App& verb, Session& session);

} // namespace orch::cmd
