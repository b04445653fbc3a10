// Runs yaml-cpp's parser over a text and explains its errors.
#include "lib/yaml/builder.hpp"
#include "lib/yaml/node.hpp"
#include "lib/yaml/source.hpp"

#include <fmt/format.h>
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <sstream>

namespace orch::yaml {

namespace {

std::size_t line_start(std::string_view text, std::size_t offset) {
    const auto newline = text.substr(0, offset).rfind('\n');
    return newline == std::string_view::npos ? 0 : newline + 1;
}

std::ptrdiff_t line_of(std::string_view text, std::size_t offset) {
    return 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n');
}

/// The tab in the indentation of the line of `offset`.
std::optional<std::size_t> tab_before(std::string_view text, std::size_t offset) {
    const auto at = text.find_first_not_of(' ', line_start(text, offset));
    if (at == std::string_view::npos || text[at] != '\t')
        return std::nullopt;
    return at;
}

/// yaml-cpp's words for what it met, in words for somebody who wrote the file.
std::string explain(const std::string& problem, std::string_view rest) {
    struct Row {
        const char* theirs;
        const char* ours;
    };
    namespace theirs = YAML::ErrorMsg;
    static const Row rows[] = {
        {theirs::MAP_VALUE,
         "a ':' cannot stand here; check the indentation, or put the "
         "value in quotes"},
        {theirs::MAP_KEY, "a key cannot stand here; check the indentation"},
        {theirs::BLOCK_ENTRY, "a list item cannot stand here; check the indentation"},
        {theirs::END_OF_MAP,
         "this does not continue the object around it; check the indentation "
         "and the quotes"},
        {theirs::END_OF_SEQ,
         "this does not continue the list around it; check the indentation "
         "and the quotes"},
        {theirs::FLOW_END, "this closing bracket has no opening one"},
        {theirs::CHAR_IN_TAG_HANDLE, "this is not a tag; put the value in quotes"},
        {theirs::ANCHOR_NOT_FOUND,
         "an anchor needs a name behind the '&'; put the value in quotes "
         "if it is none"},
        {theirs::ALIAS_NOT_FOUND,
         "an alias needs a name behind the '*'; put the value in quotes "
         "if it is none"},
        {theirs::CHAR_IN_BLOCK, "nothing can follow a '|' or '>' on its line"},
    };
    const auto* row = std::find_if(std::begin(rows), std::end(rows), [&](const Row& candidate) {
        return problem == candidate.theirs;
    });
    if (row != std::end(rows))
        return row->ours;
    if (problem == theirs::UNKNOWN_TOKEN && !rest.empty())
        return fmt::format("a value cannot start with '{}'; put it in quotes", rest.front());
    if (problem.starts_with(theirs::UNKNOWN_ANCHOR))
        return fmt::format(
            "the anchor of this alias, {}, is not defined above",
            rest.substr(0, rest.find_first_of(" \t\r\n,]}"))
        );
    return problem;
}

/// The first line of a conflict that a version control system left in the text.
std::optional<std::size_t> conflict_marker(std::string_view text) {
    constexpr std::string_view marker = "<<<<<<< ";
    if (text.starts_with(marker))
        return 0;
    const auto at = text.find("\n" + std::string(marker));
    return at == std::string_view::npos ? std::nullopt : std::optional(at + 1);
}

/// The line above the one of `offset` is KEY:VALUE without a space, which YAML takes for a text.
bool follows_tight_colon(std::string_view text, std::size_t offset) {
    const auto start = line_start(text, offset);
    if (start == 0)
        return false;
    const auto first = line_start(text, start - 1);
    const auto above = text.substr(first, start - 1 - first);
    const auto word = std::min(above.find_first_not_of(" -"), above.size());
    const auto colon = above.find(':', word);
    return colon != std::string_view::npos && colon > word && colon + 1 < above.size() &&
           above.find(": ") == std::string_view::npos &&
           above.find_first_of(" \"'[{#", word) > colon;
}

/// What `explain` cannot see: it knows only the text from the problem on.
std::string
explain_in_place(const std::string& problem, std::string_view text, std::size_t offset) {
    const auto rest = text.substr(offset);
    if (problem == YAML::ErrorMsg::END_OF_MAP && rest.starts_with("- "))
        return "a list item cannot stand in an object; give all of them a '-' or none";
    if (problem == YAML::ErrorMsg::MAP_VALUE && follows_tight_colon(text, offset))
        return "a ':' cannot stand here; the line above has no space behind its ':'";
    return explain(problem, rest);
}

[[noreturn]] void fail(Source& source, const Builder& builder, const YAML::Exception& error) {
    const auto text = source.text();
    auto offset = error.mark.is_null() || error.mark.pos < 0
                      ? text.size()
                      : std::min(static_cast<std::size_t>(error.mark.pos), text.size());
    if (const auto marker = conflict_marker(text))
        source.fail(*marker, "a conflict between two versions of the file was not resolved here");
    if (const auto bracket = builder.open_bracket()) {
        const bool unclosed = error.msg == YAML::ErrorMsg::END_OF_MAP_FLOW ||
                              error.msg == YAML::ErrorMsg::END_OF_SEQ_FLOW;
        if (unclosed && offset < text.size() && text[offset] == '"')
            source.fail(
                offset,
                fmt::format(
                    "a ',' is missing in front of this, or the '{}' in line {} is not closed",
                    text[*bracket],
                    line_of(text, *bracket)
                )
            );
        if (unclosed)
            source.fail(
                *bracket,
                fmt::format(
                    "this '{}' is not closed before the text goes on "
                    "or ends",
                    text[*bracket]
                )
            );
    }
    if (const auto tab = tab_before(text, offset)) {
        SyntaxError tabbed(source.mark(*tab), "a tab cannot be used for indentation");
        tabbed.hint("indent with spaces");
        throw tabbed;
    }
    source.fail(offset, explain_in_place(error.msg, text, offset));
}

} // namespace

Document parse(std::string_view text, std::string_view file) {
    Source source(text, file);
    Builder builder(source);
    try {
        std::istringstream stream{std::string(source.text())};
        YAML::Parser parser(stream);
        while (parser.HandleNextDocument(builder)) {
        }
    } catch (const YAML::DeepRecursion& error) {
        source.fail(source.text().size(), "nested too deeply");
    } catch (const YAML::Exception& error) {
        fail(source, builder, error);
    }
    auto document = builder.take();
    std::stable_sort(
        document.warnings.begin(),
        document.warnings.end(),
        [](const Warning& a, const Warning& b) { return a.mark.line < b.mark.line; }
    );
    return document;
}

} // namespace orch::yaml
