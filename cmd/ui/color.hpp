// Whether to colour, and the few colours there are.
#pragma once

#include "lib/os/environment.hpp"

#include <string>
#include <string_view>

namespace orch::cmd::ui {

enum class ColorChoice { automatic, always, never };

/// An explicit choice wins; then NO_COLOR, CLICOLOR_FORCE, CLICOLOR=0 and TERM=dumb; then whether
/// the stream is a terminal.
bool wants_color(ColorChoice choice, bool terminal, const os::Environment& environment);

enum class Paint { plain, bold, dim, red, green, yellow, blue, magenta, cyan };

/// `text` in that colour, or as it is when not `enabled`.
std::string paint(Paint paint, std::string_view text, bool enabled);

} // namespace orch::cmd::ui
