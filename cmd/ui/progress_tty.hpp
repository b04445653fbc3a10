// Progress on a terminal: a line for each thing that is going on, redrawn ten times a second while
// anything is; what is finished scrolls away above.
#pragma once

#include "cmd/ui/board.hpp"
#include "cmd/ui/console.hpp"
#include "lib/progress/sink.hpp"
#include "lib/tasks/clock.hpp"

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>

namespace orch::cmd::ui {

class TtyProgress : public progress::Sink {
  public:
    /// Both must outlive it.
    TtyProgress(Console& console, const tasks::Clock& clock);

    /// Wipes the live area.
    ~TtyProgress() override;
    TtyProgress(const TtyProgress&) = delete;
    TtyProgress& operator=(const TtyProgress&) = delete;

    void emit(const progress::Event& event) override;

  private:
    void refresh(const std::stop_token& done);
    void draw(std::string_view above);

    Console& console_;
    const tasks::Clock& clock_;
    std::mutex mutex_; // guards everything below; taken before the console's own
    std::condition_variable_any changed_;
    Board board_;
    std::jthread thread_; // started by the first thing that is going on
};

} // namespace orch::cmd::ui
