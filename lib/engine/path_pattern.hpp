// One pattern of a .dockerignore file, with the meaning that the engine's own client gives it
// (github.com/moby/patternmatcher): what * and ** match, down to the odd cases.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace orch::engine {

class PathPattern {
  public:
    /// Nothing if the text is no pattern: an open "[", an empty range, a "\" at the end.
    static std::optional<PathPattern> parse(std::string_view text);

    /// Whether the whole path matches; a directory says nothing about what is below it.
    [[nodiscard]] bool matches(std::string_view path) const;

    /// False if no path below the directory `dir` can match.
    [[nodiscard]] bool may_match_below(std::string_view dir) const;

  private:
    struct Token {
        enum class What {
            character,  // this one
            one,        // any one but a slash
            run,        // any number but no slash
            set,        // one of a class
            rest,       // anything, slashes too
            dirs,       // nothing, or any path that ends with a slash
            dirs_inside // the inside of such a path
        };

        What what = What::character;
        char32_t character = 0;
        std::vector<std::pair<char32_t, char32_t>> ranges{};
        bool negated = false;
    };

    using States = std::vector<bool>; // which tokens may come next

    bool read(std::u32string_view text);
    static std::optional<Token> read_class(std::u32string_view& text);
    void enter(States& states, std::size_t at) const;
    void step(const States& from, States& to, char32_t c) const;

    std::vector<Token> tokens_;
    std::u32string literal_dirs_; // "a/b/" of "a/b/c*/d": what every match begins with
};

} // namespace orch::engine
