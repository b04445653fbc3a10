#include "cmd/ui/board.hpp"

#include "cmd/ui/width.hpp"
#include "lib/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace orch::cmd::ui {

namespace {

using progress::Amount;
using progress::Event;
using progress::Status;

constexpr std::size_t bar_width = 20;

std::string size_text(std::uint64_t bytes) {
    constexpr std::array units{"B", "kB", "MB", "GB", "TB"};
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (value >= 1000 && unit + 1 < units.size()) {
        value /= 1000;
        ++unit;
    }
    return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, units[unit]);
}

std::string bar(const Amount& amount) {
    const auto filled = static_cast<std::size_t>(
        static_cast<double>(std::min(amount.current, amount.total)) /
        static_cast<double>(amount.total) * bar_width
    );
    auto text = "[" + std::string(filled, '=');
    if (filled < bar_width)
        text += ">" + std::string(bar_width - filled - 1, ' ');
    return text + "]";
}

std::string elapsed_text(std::chrono::steady_clock::duration elapsed) {
    return fmt::format("{:.1f}s", std::chrono::duration<double>(elapsed).count());
}

std::string spinner(bool unicode, Board::time_point now) {
    constexpr std::array dots{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};
    constexpr std::array ascii{"-", "\\", "|", "/"};
    const auto frame = static_cast<std::size_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() / 100
    );
    return unicode ? dots[frame % dots.size()] : ascii[frame % ascii.size()];
}

/// "Creating" once it is done: "Created". Other words stay as they are.
std::string finished(const std::string& text) {
    struct Pair {
        std::string_view working;
        std::string_view done;
    };

    constexpr std::array pairs{
        Pair{"Building", "Built"},
        Pair{"Creating", "Created"},
        Pair{"Killing", "Killed"},
        Pair{"Pausing", "Paused"},
        Pair{"Pulling", "Pulled"},
        Pair{"Pushing", "Pushed"},
        Pair{"Recreating", "Recreated"},
        Pair{"Removing", "Removed"},
        Pair{"Restarting", "Restarted"},
        Pair{"Starting", "Started"},
        Pair{"Stopping", "Stopped"},
        Pair{"Unpausing", "Unpaused"},
    };
    const auto* const pair = std::find_if(pairs.begin(), pairs.end(), [&](const Pair& each) {
        return each.working == text;
    });
    return pair == pairs.end() ? text : std::string(pair->done);
}

std::string joined(std::string first, std::string_view second) {
    if (!first.empty() && !second.empty())
        first += "  ";
    return first.append(second);
}

} // namespace

std::string amount_text(const Amount& amount) {
    if (amount.total == 0)
        return amount.current == 0 ? "" : size_text(amount.current);
    return fmt::format("{} {}/{}", bar(amount), size_text(amount.current), size_text(amount.total));
}

Board::Item* Board::find(const std::string& id) {
    const auto found =
        std::find_if(items_.begin(), items_.end(), [&](const Item& item) { return item.id == id; });
    return found == items_.end() ? nullptr : &*found;
}

std::string Board::mark(Status status) const {
    switch (status) {
    case Status::done:
        return paint(Paint::green, style_.unicode ? "✔" : "+", style_.color);
    case Status::failed:
        return paint(Paint::red, style_.unicode ? "✘" : "x", style_.color);
    case Status::warning:
        return paint(Paint::yellow, "!", style_.color);
    default:
        return " ";
    }
}

void Board::begin(const Event& event, time_point now) {
    auto* item = find(event.id);
    if (item == nullptr)
        item = &items_.emplace_back(Item{event.id, {}, {}, now, {}});
    if (!event.text.empty())
        item->text = one_line(event.text);
    item->word.clear();
    item->amount = event.amount.value_or(Amount{});
}

/// Counts a part for the thing it belongs to; false if that is not on the board.
bool Board::fold(const Event& event) {
    auto* const item = event.parent.empty() ? nullptr : find(event.parent);
    if (item == nullptr)
        return !event.parent.empty() && event.id.empty(); // a word about nothing
    if (event.id.empty()) {
        item->word = one_line(event.text);
        return true;
    }
    auto& children = item->children;
    auto child = std::find_if(children.begin(), children.end(), [&](const Child& each) {
        return each.id == event.id;
    });
    if (child == children.end())
        child = children.insert(child, Child{event.id, false, {}});
    child->done = event.status == Status::done;
    if (event.amount && event.amount->total > 0)
        child->amount = *event.amount;
    if (child->done)
        child->amount.current = child->amount.total;
    return true;
}

std::string Board::apply(const Event& event, time_point now) {
    const bool progressing = event.status == Status::working || event.status == Status::done;
    std::string final;
    if (progressing && fold(event))
        return final;
    const auto line = [&](std::string_view text) {
        return joined(joined(mark(event.status), one_line(event.id)), text);
    };
    if (event.status == Status::working) {
        begin(event, now);
    } else if (const auto* const item = find(event.id);
               item != nullptr &&
               (event.status == Status::done || event.status == Status::failed)) {
        const auto took = paint(Paint::dim, elapsed_text(now - item->began), style_.color);
        const auto text = event.text.empty() ? item->text : one_line(event.text);
        final = joined(line(event.status == Status::done ? finished(text) : text), took) + "\n";
        items_.erase(items_.begin() + (item - items_.data()));
    } else {
        final = line(one_line(event.text)) + "\n";
    }
    for (const auto& detail : text::lines(event.detail))
        final += "   " + one_line(detail) + "\n";
    return final;
}

std::string Board::line(const Item& item, std::size_t names, time_point now) const {
    auto text = joined(pad(one_line(item.id), names), item.text);
    auto amount = item.amount;
    if (!item.children.empty()) {
        const auto done =
            std::count_if(item.children.begin(), item.children.end(), [](const Child& child) {
                return child.done;
            });
        text = joined(text, fmt::format("{}/{}", done, item.children.size()));
        for (const auto& child : item.children) {
            amount.current += child.amount.current;
            amount.total += child.amount.total;
        }
    }
    text = joined(text, amount_text(amount));
    text = joined(text, elapsed_text(now - item.began));
    return joined(text, item.word); // last, because a narrow terminal cuts it off
}

std::vector<std::string> Board::lines(time_point now, Size size) const {
    // One row stays for the cursor, one for what was said before.
    const auto room = std::max<std::size_t>(size.rows, 4) - 2;
    const bool all = items_.size() <= room;
    const auto shown = all ? items_.size() : room - 1;
    std::size_t names = 0;
    for (std::size_t i = 0; i < shown; ++i)
        names = std::max(names, columns(one_line(items_[i].id)));
    // The last column stays free: terminals wrap there.
    const auto width = std::max<std::size_t>(size.columns, 10) - 4;
    const auto turning = paint(Paint::cyan, spinner(style_.unicode, now), style_.color);
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < shown; ++i)
        lines.push_back(turning + "  " + std::string(cut(line(items_[i], names, now), width)));
    if (!all)
        lines.push_back(fmt::format("   and {} more", items_.size() - shown));
    return lines;
}

} // namespace orch::cmd::ui
