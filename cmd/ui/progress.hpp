// The renderers of progress and how one of them is chosen. All write through the console to
// standard error and may be told from any thread.
#pragma once

#include "cmd/ui/console.hpp"
#include "lib/progress/sink.hpp"
#include "lib/tasks/clock.hpp"

#include <memory>
#include <string_view>

namespace orch::cmd::ui {

enum class Mode { tty, plain, json, quiet };

/// What the lines of the plain renderer look like.
enum class Layout {
    machines,    // "web1: Waiting for SSH"
    one_machine, // the same; the bare text under docker-machine's name
    compose,     // "Creating p_web_1 ... ", then "Creating p_web_1 ... done"
};

struct ProgressStyle {
    Layout layout = Layout::machines;
    bool bare = false;   // called by the older tool's name: its lines and nothing besides
    bool to_out = false; // plain lines go to standard output, where docker-machine has them
};

/// From the word behind --progress; "auto" is tty on a terminal that can move its cursor.
Mode progress_mode(
    std::string_view word, const Console& console, const os::Environment& environment
);

std::unique_ptr<progress::Sink>
make_progress(Mode mode, const ProgressStyle& style, Console& console, const tasks::Clock& clock);

} // namespace orch::cmd::ui
