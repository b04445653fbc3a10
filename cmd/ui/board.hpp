// What is going on now, as lines: the state behind the live display, without terminal and threads.
#pragma once

#include "cmd/ui/console.hpp"
#include "lib/progress/sink.hpp"
#include "lib/tasks/clock.hpp"

#include <string>
#include <vector>

namespace orch::cmd::ui {

struct BoardStyle {
    bool unicode = false;
    bool color = false;
};

class Board {
  public:
    using time_point = tasks::Clock::time_point;

    explicit Board(const BoardStyle& style) : style_(style) {}

    /// Takes the event in; returns whole lines that are final now and stay on the screen.
    std::string apply(const progress::Event& event, time_point now);

    /// Whether anything is unfinished.
    [[nodiscard]] bool live() const noexcept { return !items_.empty(); }

    /// One line per unfinished thing, what belongs to it folded in; as many as the screen takes.
    [[nodiscard]] std::vector<std::string> lines(time_point now, Size size) const;

  private:
    struct Child {
        std::string id;
        bool done = false;
        progress::Amount amount;
    };

    struct Item {
        std::string id;
        std::string text;
        progress::Amount amount;
        time_point began;
        std::vector<Child> children; // in order of appearance
        std::string word{};          // the latest about `text`: a line of a program's output
    };

    Item* find(const std::string& id);
    void begin(const progress::Event& event, time_point now);
    bool fold(const progress::Event& event);
    [[nodiscard]] std::string mark(progress::Status status) const;
    [[nodiscard]] std::string line(const Item& item, std::size_t names, time_point now) const;

    BoardStyle style_;
    std::vector<Item> items_; // in order of appearance; tens at most, so searched in a row
};

/// "950 B", "1.2 MB": decimal units, as docker prints them.
std::string amount_text(const progress::Amount& amount);

} // namespace orch::cmd::ui
