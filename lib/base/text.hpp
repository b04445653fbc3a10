// Plain functions on text that several rooms need.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace orch::text {

/// Pieces between separators; always at least one. split("a::b", ':') is {"a", "", "b"}.
std::vector<std::string> split(std::string_view text, char separator);

/// Lines without their end; a last line without newline counts, an empty tail does not.
std::vector<std::string> lines(std::string_view text);

std::string join(const std::vector<std::string>& parts, std::string_view separator);

/// Without the spaces, tabs and line ends around it.
std::string_view trim(std::string_view text);

/// ASCII lower case; other bytes stay.
std::string lower(std::string_view text);

/// ASCII upper case; other bytes stay.
std::string upper(std::string_view text);

std::string replace_all(std::string text, std::string_view from, std::string_view to);

/// Order of names as people read them: digit runs by value, case ignored. True if a comes first.
bool natural_less(std::string_view a, std::string_view b);

/// The candidate closest to `word` if it is close enough to be a slip of the fingers, else empty.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

/// One word for a POSIX shell that means exactly `word`; plain words stay as they are.
std::string shell_quote(std::string_view word);

/// The words joined into a POSIX shell command line.
std::string shell_join(const std::vector<std::string>& words);

} // namespace orch::text
