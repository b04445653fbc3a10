// How much room text takes on a terminal, in columns; text is UTF-8.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace orch::cmd::ui {

/// Columns that `text` fills; control characters and escape sequences fill none.
std::size_t columns(std::string_view text);

/// The longest beginning that fits into `width` columns; never half a character.
std::string_view cut(std::string_view text, std::size_t width);

/// Filled up with spaces on the right to `width` columns; longer text stays whole.
std::string pad(std::string_view text, std::size_t width);

/// One line that is safe to show: control characters become spaces, escape sequences vanish. What
/// other programs said must pass through here before it reaches a live display.
std::string one_line(std::string_view text);

} // namespace orch::cmd::ui
