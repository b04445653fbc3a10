#include "compose/load/values/env_file.hpp"

#include "lib/base/text.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace orch::compose::load::values {

namespace {

bool line_end(char c) { return c == '\n' || c == '\r'; }

bool blank(char c) { return c == ' ' || c == '\t' || c == '\v' || c == '\f'; }

char unescape(char c) {
    static const std::map<char, char> meaning = {
        {'a', '\a'}, {'b', '\b'}, {'f', '\f'}, {'n', '\n'}, {'r', '\r'}, {'t', '\t'}, {'v', '\v'}};
    const auto found = meaning.find(c);
    return found == meaning.end() ? c : found->second;
}

/// "\n" and friends in double quotes; in single quotes only the quote and the backslash.
std::string decode(std::string_view text, char quote) {
    const std::string_view known = quote == '"' ? "\\'\"abfnrtv" : "\\'";
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escape = text[i] == '\\' && i + 1 < text.size() &&
                            known.find(text[i + 1]) != std::string_view::npos;
        result += escape ? unescape(text[++i]) : text[i];
    }
    return result;
}

/// Reads one statement after the other: [export] NAME[=VALUE] [# comment].
class Reader {
  public:
    explicit Reader(std::string_view text) : text_(text) {
        if (text_.starts_with("\xef\xbb\xbf"))
            at_ = 3;
    }

    EnvFile run() {
        EnvFile file;
        for (;;) {
            skip([](char c) { return blank(c) || line_end(c); });
            if (at_ == text_.size())
                return file;
            const auto start = at_;
            Variable variable;
            if (!statement(variable)) {
                file.unreadable.push_back(line_of(start));
                skip([](char c) { return !line_end(c); });
            } else if (!variable.name.empty()) {
                file.variables.push_back(std::move(variable));
            }
        }
    }

  private:
    bool statement(Variable& variable) {
        skip_export();
        if (peek() != '#' && !name(variable.name))
            return false;
        skip(blank);
        if (peek() == '=') {
            ++at_;
            skip(blank);
            variable.value.emplace();
            if (!value(*variable.value))
                return false;
        }
        skip(blank);
        if (peek() == '#')
            skip([](char c) { return !line_end(c); });
        return at_ == text_.size() || line_end(text_[at_]);
    }

    void skip_export() {
        constexpr std::string_view word = "export";
        if (rest().starts_with(word) && rest().size() > word.size() && blank(rest()[word.size()])) {
            at_ += word.size();
            skip(blank);
        }
    }

    bool name(std::string& result) {
        if (peek() == '\'') {
            const auto end = text_.find('\'', at_ + 1);
            if (end == std::string_view::npos || end == at_ + 1)
                return false;
            result = text_.substr(at_ + 1, end - at_ - 1);
            at_ = end + 1;
            return true;
        }
        const auto start = at_;
        skip([](char c) { return c != '=' && c != '#' && !blank(c) && !line_end(c); });
        result = text_.substr(start, at_ - start);
        return at_ != start;
    }

    bool value(std::string& result) {
        if (peek() == '\'' || peek() == '"')
            return quoted(result);
        const auto start = at_;
        skip([](char c) { return !line_end(c); });
        auto line = text_.substr(start, at_ - start);
        for (std::size_t i = 1; i < line.size(); ++i)
            if (line[i] == '#' && blank(line[i - 1]))
                line = line.substr(0, i); // a comment, but not where a value begins
        result = text::trim(line);
        return true;
    }

    /// Up to the first quote that no backslash protects; if there is none, to the last protected
    /// one.
    bool quoted(std::string& result) {
        const char quote = text_[at_];
        auto end = std::string_view::npos;
        for (auto i = at_ + 1; i < text_.size(); ++i) {
            if (text_[i] != quote)
                continue;
            end = i;
            if (text_[i - 1] != '\\')
                break;
        }
        if (end == std::string_view::npos)
            return false;
        result = decode(text_.substr(at_ + 1, end - at_ - 1), quote);
        at_ = end + 1;
        return true;
    }

    template <class Wanted>
    void skip(Wanted wanted) {
        while (at_ < text_.size() && wanted(text_[at_]))
            ++at_;
    }

    [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

    [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }

    [[nodiscard]] int line_of(std::size_t offset) const {
        const auto before = text_.substr(0, offset);
        return 1 + static_cast<int>(std::count(before.begin(), before.end(), '\n'));
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

using Values = std::map<std::string, std::optional<std::string>, std::less<>>;

std::string
look_up(std::string_view reference, const Values& above, const os::Environment& environment) {
    const auto colon = reference.find(':');
    const auto name = reference.substr(0, colon);
    if (const auto found = above.find(name); found != above.end())
        return found->second.value_or("");
    if (const auto found = environment.get(name))
        return *found;
    return colon == std::string_view::npos ? "" : std::string(reference.substr(colon + 2));
}

/// Replaces ${NAME} and ${NAME:-default}; any other '$' stays.
std::string expand(std::string_view text, const Values& above, const os::Environment& environment) {
    std::string result;
    for (;;) {
        const auto start = text.find("${");
        const auto end = start == std::string_view::npos ? start : text.find('}', start);
        if (end == std::string_view::npos)
            return result.append(text);
        const auto reference = text.substr(start + 2, end - start - 2);
        const auto colon = reference.find(':');
        const bool known =
            colon == std::string_view::npos || reference.substr(colon).starts_with(":-");
        result += text.substr(0, start);
        result += known ? look_up(reference, above, environment)
                        : std::string(text.substr(start, end + 1 - start));
        text.remove_prefix(end + 1);
    }
}

} // namespace

EnvFile parse_env_file(std::string_view text, const os::Environment& environment) {
    auto file = Reader(text).run();
    Values above;
    for (auto& variable : file.variables) {
        if (variable.value)
            variable.value = expand(*variable.value, above, environment);
        above[variable.name] = variable.value;
    }
    return file;
}

} // namespace orch::compose::load::values
