#include "cmd/ui/color.hpp"

#include <fmt/format.h>

namespace orch::cmd::ui {

namespace {

/// The parameter of the "select graphic rendition" sequence, ECMA-48 8.3.117.
std::string_view rendition(Paint paint) {
    switch (paint) {
    case Paint::bold:
        return "1";
    case Paint::dim:
        return "2";
    case Paint::red:
        return "31";
    case Paint::green:
        return "32";
    case Paint::yellow:
        return "33";
    case Paint::blue:
        return "34";
    case Paint::magenta:
        return "35";
    case Paint::cyan:
        return "36";
    case Paint::plain:
        break;
    }
    return "0";
}

} // namespace

bool wants_color(ColorChoice choice, bool terminal, const os::Environment& environment) {
    if (choice != ColorChoice::automatic)
        return choice == ColorChoice::always;
    if (!environment.get_or("NO_COLOR", "").empty())
        return false;
    if (environment.get_or("CLICOLOR_FORCE", "0") != "0")
        return true;
    return terminal && environment.get_or("CLICOLOR", "1") != "0" &&
           environment.get_or("TERM", "dumb") != "dumb";
}

std::string paint(Paint paint, std::string_view text, bool enabled) {
    if (!enabled || paint == Paint::plain)
        return std::string(text);
    return fmt::format("\x1b[{}m{}\x1b[0m", rendition(paint), text);
}

} // namespace orch::cmd::ui
