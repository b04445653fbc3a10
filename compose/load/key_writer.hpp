// Writes the keys of one mapping of a compose file, sorted by name.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace orch::compose::load {

/// A value: '$' is doubled, because loading interpolates it.
std::string value_text(std::string_view text);

/// Always in quotes, as ports should be even where they need not.
std::string quoted_text(std::string_view text);

/// Absent values leave no line.
class KeyWriter {
  public:
    using Texts = std::vector<std::string>;

    /// `indent` in columns.
    explicit KeyWriter(std::size_t indent) : indent_(indent, ' ') {}

    void text(const char* key, std::string_view value);
    void flag(const char* key, bool value);
    void number(const char* key, const std::optional<std::int64_t>& value);
    void list(const char* key, const Texts& items);
    void quoted_list(const char* key, const Texts& items);

    /// An empty list means something: no words instead of the image's.
    void words(const char* key, const std::optional<Texts>& words);

    /// Lines below `key`, which is left out if there are none.
    void block(const char* key, const Texts& lines);

    /// `show` turns a member into text; an empty one is null.
    template <class Map, class Show>
    void mapping(const char* key, const Map& members, Show show) {
        Texts lines;
        for (const auto& [name, member] : members)
            lines.push_back(member_line(name, show(member)));
        block(key, lines);
    }

    /// A comment in front of `key`, which may be absent; an empty key: in front of all.
    void note(const std::string& key, const std::string& comment);

    [[nodiscard]] std::string finish() const;

    /// "NAME: VALUE"
    static std::string member_line(std::string_view name, const std::string& value);

  private:
    std::string indent_;
    std::map<std::string, std::string> lines_; // by key
    std::map<std::string, Texts> notes_;       // by key
};

/// `text` as lines that begin with `indent` and "# ", at most 100 columns wide where words allow.
std::string comment_lines(std::string_view text, std::string_view indent);

} // namespace orch::compose::load
