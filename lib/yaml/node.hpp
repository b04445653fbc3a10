// A YAML 1.1 document whose every node remembers where it stood. The only room that sees yaml-cpp.
#pragma once

#include "lib/base/error.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace orch::yaml {

struct Mark {
    std::shared_ptr<const std::string> file; // as the user named it; shared by all nodes of a file
    int line = 0;                            // from 1
    int column = 0;                          // from 1

    /// "docker-compose.yml:3:5"
    [[nodiscard]] std::string text() const;

    bool operator==(const Mark&) const = default;
};

/// What a plain scalar means to a YAML 1.1 reader (PyYAML's resolver); quoted ones are strings.
enum class Type { null, boolean, integer, floating, timestamp, string, sequence, mapping };

/// The word for people: "null", "a boolean", "an integer", "a number", "a string", "an array" ...
std::string_view type_name(Type type);

struct Entry;

struct Node {
    Type type = Type::null;
    Mark mark;
    std::string scalar;         // the text as written (after unescaping), for scalars
    bool boolean = false;       // the value, for Type::boolean
    std::int64_t integer = 0;   // the value, for Type::integer
    double floating = 0;        // the value, for Type::integer and Type::floating
    bool sexagesimal = false;   // an integer written 22:22, the classic port trap
    bool fits = true;           // false: an integer beyond 64 bits; only its text is right
    std::vector<Node> items;    // for Type::sequence
    std::vector<Entry> entries; // for Type::mapping, in file order, merge keys (<<) resolved

    [[nodiscard]] bool is(Type wanted) const noexcept { return type == wanted; }

    [[nodiscard]] bool is_scalar() const noexcept {
        return type != Type::sequence && type != Type::mapping;
    }

    /// The value of `key` in a mapping, or null.
    [[nodiscard]] const Node* find(std::string_view key) const noexcept;

    /// A scalar as Python's str() prints its value: 010 is "8", yes is "True", 1.50 is "1.5".
    [[nodiscard]] std::string as_text() const;
};

struct Entry {
    Node key;
    Node value;
};

/// A problem that is worth a word but does not stop: a duplicate key.
struct Warning {
    Mark mark;
    std::string message;
};

struct Document {
    Node root; // Type::null for an empty text
    std::vector<Warning> warnings;
};

/// What parse throws: Error(invalid) "FILE:LINE:COLUMN: problem" that knows its place.
class SyntaxError : public Error {
  public:
    SyntaxError(Mark mark, std::string problem)
        : Error(Kind::invalid, "{}: {}", mark.text(), problem), mark_(std::move(mark)),
          problem_(std::move(problem)) {}

    [[nodiscard]] const Mark& mark() const noexcept { return mark_; }

    [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

  private:
    Mark mark_;
    std::string problem_;
};

/// Parses one document. `file` is the name that marks show. A byte order mark is skipped. Throws
/// SyntaxError, with a hint for tabs; also for unknown anchors, a second document, text that is not
/// UTF-8, nesting beyond 200 levels and aliases that would expand beyond a million nodes.
Document parse(std::string_view text, std::string_view file);

} // namespace orch::yaml
