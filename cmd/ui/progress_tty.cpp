#include "cmd/ui/progress_tty.hpp"

#include <chrono>

namespace orch::cmd::ui {

TtyProgress::TtyProgress(Console& console, const tasks::Clock& clock)
    : console_(console), clock_(clock),
      board_({.unicode = console.unicode(), .color = console.err_color()}) {}

TtyProgress::~TtyProgress() {
    thread_ = {}; // joins
    console_.live({});
}

void TtyProgress::emit(const progress::Event& event) {
    const std::lock_guard lock(mutex_);
    const bool was_live = board_.live();
    const auto final = board_.apply(event, clock_.now());
    // A busy operation says more than a terminal can show: the refresh takes care of the rest.
    if (!final.empty() || was_live != board_.live())
        draw(final);
    if (!board_.live())
        return;
    if (!thread_.joinable())
        thread_ = std::jthread([this](const std::stop_token& done) { refresh(done); });
    if (!was_live)
        changed_.notify_one();
}

void TtyProgress::refresh(const std::stop_token& done) {
    using namespace std::chrono_literals;
    std::unique_lock lock(mutex_);
    while (changed_.wait(lock, done, [this] { return board_.live(); })) {
        // Only the passing of time ends this wait, or the end of the renderer.
        changed_.wait_for(lock, done, 100ms, [] { return false; });
        if (done.stop_requested())
            return;
        draw({});
    }
}

void TtyProgress::draw(std::string_view above) {
    console_.live(board_.lines(clock_.now(), console_.err_size()), above);
}

} // namespace orch::cmd::ui
