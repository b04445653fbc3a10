#include "machine/provision/unit_file.hpp"

#include "lib/base/text.hpp"

#include <algorithm>

namespace orch::machine::provision {

namespace {

std::string_view base_name(std::string_view path) {
    const auto slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

/// systemctl prints the path of each file as a comment above it.
bool is_file_header(std::string_view line) {
    return line.starts_with("# /") && (line.ends_with(".service") || line.ends_with(".conf")) &&
           line.find(' ', 2) == std::string_view::npos;
}

/// Lines with continuations joined; comments between two parts of a line are dropped.
std::vector<std::string> logical_lines(std::string_view content) {
    std::vector<std::string> result;
    bool open = false;
    for (auto line : text::lines(content)) {
        const bool comment = line.starts_with('#') || line.starts_with(';');
        if (open && comment)
            continue;
        const bool goes_on = !comment && line.ends_with('\\');
        if (goes_on)
            line.back() = ' ';
        if (open) {
            result.back() += line;
        } else {
            result.push_back(std::move(line));
        }
        open = goes_on;
    }
    return result;
}

/// Words as systemd splits them, each with its quotes and backslashes.
std::vector<std::string> raw_words(std::string_view line) {
    std::vector<std::string> words;
    bool in_word = false;
    char quote = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (quote == 0 && (c == ' ' || c == '\t')) {
            in_word = false;
            continue;
        }
        if (!in_word)
            words.emplace_back();
        in_word = true;
        words.back() += c;
        if (c == '\\' && i + 1 < line.size()) {
            words.back() += line[++i];
        } else if (quote == 0 && (c == '"' || c == '\'')) {
            quote = c;
        } else if (c == quote) {
            quote = 0;
        }
    }
    return words;
}

/// Which word is the engine's program, or the number of words.
std::size_t program_index(const std::vector<std::string>& exec) {
    const auto found = std::find_if(exec.begin(), exec.end(), [](const std::string& word) {
        return base_name(word).starts_with("dockerd") && word.find('=') == std::string::npos;
    });
    return static_cast<std::size_t>(found - exec.begin());
}

} // namespace

std::vector<std::string> EngineUnit::program() const {
    const auto index = program_index(exec);
    if (index == exec.size())
        return {};
    return {exec.begin(), exec.begin() + static_cast<std::ptrdiff_t>(index) + 1};
}

std::vector<std::string> EngineUnit::arguments() const {
    const auto index = program_index(exec);
    if (index == exec.size())
        return {};
    return {exec.begin() + static_cast<std::ptrdiff_t>(index) + 1, exec.end()};
}

EngineUnit parse_unit(std::string_view content) {
    constexpr std::string_view key = "ExecStart=";
    EngineUnit unit;
    std::string file;
    for (const auto& line : logical_lines(content)) {
        if (is_file_header(line))
            file = line.substr(2);
        const auto trimmed = text::trim(line);
        if (!trimmed.starts_with(key) || file == drop_in)
            continue;
        const auto value = text::trim(trimmed.substr(key.size()));
        if (file.ends_with(".conf") && base_name(file) > base_name(drop_in)) {
            if (!value.empty())
                unit.foreign_exec = file;
            continue;
        }
        // The prefixes say with which rights and what to make of a failure.
        unit.exec =
            raw_words(value.substr(std::min(value.find_first_not_of("-@:+!"), value.size())));
    }
    return unit;
}

} // namespace orch::machine::provision
