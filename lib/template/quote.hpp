// Go's quoted forms of strings and characters.
#pragma once

#include "lib/base/utf8.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace orch::templates {

/// As strconv.Quote: in double quotes, what cannot be printed as an escape.
std::string quote(std::string_view text);

/// As strconv.QuoteRune: 'x'.
std::string quote_rune(char32_t code);

/// "U+0040 '@'", as fmt's %#U.
std::string describe_rune(const utf8::Rune& rune);

/// The content of a literal with its quotes ("..", '.' or `..`); nothing if it is malformed.
std::optional<std::string> unquote(std::string_view literal);

} // namespace orch::templates
