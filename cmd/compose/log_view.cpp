#include "cmd/compose/log_view.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace orch::cmd::compose {

namespace {

// docker-compose's cycle; no red, which looks like a failure.
constexpr std::array cycle{
    ui::Paint::cyan, ui::Paint::yellow, ui::Paint::green, ui::Paint::magenta, ui::Paint::blue};

constexpr std::size_t most_kept = 65536; // bytes

} // namespace

std::size_t log_width(const orch::compose::Project& project, const Session& session) {
    constexpr std::size_t number = 3; // "_1" and one to spare
    std::size_t width = 0;
    if (session.persona == Persona::docker_compose)
        for (const auto& service : project.services)
            width = std::max(width, service.name.size() + number);
    return width;
}

LogView::LogView(Session& session, LogStyle style, std::size_t width)
    : session_(session), style_(style), width_(width) {
    style_.color = style_.color && session.console.out_color();
}

LogView::~LogView() {
    try {
        flush();
    } catch (const std::exception&) { // nobody reads it
        kept_.clear();
    }
}

orch::compose::LogHandlers LogView::handlers() {
    return {
        .attached = [this](const auto& sources) { attached(sources); },
        .line = [this](const auto& source, int, std::string_view text) { line(source, text); },
        .pause = [this] { flush(); },
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

/// Lines come by the hundred thousand: they are written by the piece in which they came.
void LogView::line(const orch::compose::LogSource& source, std::string_view text) {
    if (style_.prefix)
        kept_ += prefix_of(source.display);
    kept_ += text;
    kept_ += '\n';
    if (kept_.size() >= most_kept)
        flush();
}

void LogView::exited(const orch::compose::LogSource& source, int code) {
    flush();
    const auto sentence = fmt::format("{} exited with code {}", source.container, code);
    session_.console.out(ui::paint(paint_of(source.display), sentence, style_.color) + "\n");
}

void LogView::flush() {
    session_.console.out(kept_);
    kept_.clear();
}

const std::string& LogView::prefix_of(const std::string& display) {
    if (display.size() > width_) {
        width_ = display.size();
        prefixes_.clear();
    }
    auto& prefix = prefixes_[display];
    if (prefix.empty()) {
        const auto name = fmt::format("{:<{}} |", display, width_);
        prefix = ui::paint(paint_of(display), name, style_.color) + " ";
    }
    return prefix;
}

ui::Paint LogView::paint_of(const std::string& display) {
    return paints_.try_emplace(display, cycle[paints_.size() % cycle.size()]).first->second;
}

} // namespace orch::cmd::compose
