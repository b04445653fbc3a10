#include "cmd/compose/log_view.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace orch::cmd::compose {

namespace {

// docker-compose's cycle; no red, which looks like a failure.
constexpr std::array cycle{
    ui::Paint::cyan, ui::Paint::yellow, ui::Paint::green, ui::Paint::magenta, ui::Paint::blue};

} // namespace

LogView::LogView(Session& session, LogStyle style) : session_(session), style_(style) {
    style_.color = style_.color && session.console.out_color();
}

orch::compose::LogHandlers LogView::handlers() {
    return {
        .attached = [this](const auto& sources) { attached(sources); },
        .line = [this](const auto& source, int, std::string_view text) { line(source, text); },
        .exited = [this](const auto& source, int code) { exited(source, code); },
    };
}

void LogView::attached(const std::vector<orch::compose::LogSource>& sources) {
    if (sources.empty())
        return;
    std::string names;
    for (const auto& source : sources) {
        names += (names.empty() ? "" : ", ") + source.container;
        width_ = std::max(width_, source.display.size());
        static_cast<void>(paint_of(source.display)); // colours go by the order of this list
    }
    session_.console.out("Attaching to " + names + "\n");
}

void LogView::line(const orch::compose::LogSource& source, std::string_view text) {
    if (!style_.prefix) {
        session_.console.out(fmt::format("{}\n", text));
        return;
    }
    width_ = std::max(width_, source.display.size());
    const auto prefix = fmt::format("{:<{}} |", source.display, width_);
    session_.console.out(
        fmt::format("{} {}\n", ui::paint(paint_of(source.display), prefix, style_.color), text)
    );
}

void LogView::exited(const orch::compose::LogSource& source, int code) {
    const auto sentence = fmt::format("{} exited with code {}", source.container, code);
    session_.console.out(ui::paint(paint_of(source.display), sentence, style_.color) + "\n");
}

ui::Paint LogView::paint_of(const std::string& display) {
    return paints_.try_emplace(display, cycle[paints_.size() % cycle.size()]).first->second;
}

} // namespace orch::cmd::compose
