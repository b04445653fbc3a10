#include "cmd/ui/progress.hpp"

#include "cmd/ui/progress_json.hpp"
#include "cmd/ui/progress_plain.hpp"
#include "cmd/ui/progress_quiet.hpp"
#include "cmd/ui/progress_tty.hpp"

namespace orch::cmd::ui {

Mode progress_mode(
    std::string_view word, const Console& console, const os::Environment& environment
) {
    if (word == "tty")
        return Mode::tty;
    if (word == "plain")
        return Mode::plain;
    if (word == "json")
        return Mode::json;
    if (word == "quiet")
        return Mode::quiet;
    const bool moves = console.err_is_terminal() && environment.get_or("TERM", "dumb") != "dumb";
    return moves ? Mode::tty : Mode::plain;
}

std::unique_ptr<progress::Sink>
make_progress(Mode mode, const ProgressStyle& style, Console& console, const tasks::Clock& clock) {
    switch (mode) {
    case Mode::tty:
        return std::make_unique<TtyProgress>(console, clock);
    case Mode::json:
        return std::make_unique<JsonProgress>(console);
    case Mode::quiet:
        return std::make_unique<QuietProgress>(console);
    case Mode::plain:
        break;
    }
    return std::make_unique<PlainProgress>(console, style);
}

} // namespace orch::cmd::ui
