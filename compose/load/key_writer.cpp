#include "compose/load/key_writer.hpp"

#include "lib/base/text.hpp"
#include "lib/yaml/scalar.hpp"

#include <fmt/format.h>

#include <set>

namespace orch::compose::load {

namespace {

std::string doubled(std::string_view text) {
    return text::replace_all(std::string(text), "$", "$$");
}

} // namespace

std::string value_text(std::string_view text) { return yaml::write_string(doubled(text)); }

std::string quoted_text(std::string_view text) { return yaml::write_quoted(doubled(text)); }

void KeyWriter::text(const char* key, std::string_view value) {
    if (!value.empty())
        lines_[key] = indent_ + member_line(key, value_text(value)) + "\n";
}

void KeyWriter::flag(const char* key, bool value) {
    if (value)
        lines_[key] = indent_ + member_line(key, "true") + "\n";
}

void KeyWriter::number(const char* key, const std::optional<std::int64_t>& value) {
    if (value)
        lines_[key] = indent_ + member_line(key, std::to_string(*value)) + "\n";
}

void KeyWriter::list(const char* key, const Texts& items) {
    Texts lines;
    for (const auto& item : items)
        lines.push_back("- " + value_text(item));
    block(key, lines);
}

void KeyWriter::quoted_list(const char* key, const Texts& items) {
    Texts lines;
    for (const auto& item : items)
        lines.push_back("- " + quoted_text(item));
    block(key, lines);
}

void KeyWriter::words(const char* key, const std::optional<Texts>& words) {
    if (words && words->empty())
        lines_[key] = indent_ + member_line(key, "[]") + "\n";
    else if (words)
        list(key, *words);
}

void KeyWriter::block(const char* key, const Texts& lines) {
    if (lines.empty())
        return;
    auto& text = lines_[key] = fmt::format("{}{}:\n", indent_, key);
    for (const auto& line : lines)
        // Items of a list stand under their key, members of a mapping further in.
        text += fmt::format("{}{}{}\n", indent_, line.starts_with("- ") ? "" : "  ", line);
}

void KeyWriter::note(const std::string& key, const std::string& comment) {
    notes_[key].push_back(comment);
}

std::string KeyWriter::finish() const {
    std::set<std::string> keys;
    for (const auto& [key, text] : lines_)
        keys.insert(key);
    for (const auto& [key, comments] : notes_)
        keys.insert(key);
    std::string result;
    for (const auto& key : keys) {
        if (const auto notes = notes_.find(key); notes != notes_.end())
            for (const auto& comment : notes->second)
                result += comment_lines(comment, indent_);
        if (const auto line = lines_.find(key); line != lines_.end())
            result += line->second;
    }
    return result;
}

std::string KeyWriter::member_line(std::string_view name, const std::string& value) {
    return fmt::format("{}:{}{}", yaml::write_string(name), value.empty() ? "" : " ", value);
}

std::string comment_lines(std::string_view text, std::string_view indent) {
    constexpr std::size_t width = 100;
    std::string result;
    std::string line;
    for (const auto& word : text::split(text, ' ')) {
        if (!line.empty() && indent.size() + 3 + line.size() + word.size() > width)
            result += fmt::format("{}# {}\n", indent, std::exchange(line, {}));
        line += line.empty() ? word : " " + word;
    }
    return result + fmt::format("{}# {}\n", indent, line);
}

} // namespace orch::compose::load
