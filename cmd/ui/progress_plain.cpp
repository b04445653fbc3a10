#include "cmd/ui/progress_plain.hpp"

#include "cmd/ui/width.hpp"
#include "lib/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace orch::cmd::ui {

namespace {

using progress::Event;
using progress::Status;

/// Lines of a multi-line detail, each behind `prefix`.
std::string detail_lines(const std::string& prefix, const std::string& detail) {
    std::string lines;
    for (const auto& line : text::lines(detail))
        lines += prefix + line + "\n";
    return lines;
}

std::string joined(const std::string& first, const std::string& second) {
    if (first.empty() || second.empty())
        return first + second;
    return first + " " + second;
}

} // namespace

void PlainProgress::emit(const Event& event) {
    // Layers of an image and the like come in hundreds; only what goes wrong is worth a line.
    if (!event.parent.empty() && (event.status == Status::working || event.status == Status::done))
        return;
    const std::lock_guard lock(mutex_);
    const auto lines =
        style_.layout == Layout::compose ? compose_lines(event) : machine_lines(event);
    if (style_.to_out)
        console_.out(lines);
    else
        console_.err(lines);
}

bool PlainProgress::is_news(const Event& event) {
    if (event.status != Status::working && event.status != Status::done)
        return true;
    auto& said = said_[event.id];
    const bool news = said.status != event.status || said.text != event.text;
    said = {event.status, event.text};
    return news;
}

std::string PlainProgress::machine_lines(const Event& event) {
    const bool nameless = event.id.empty() || (style_.bare && style_.layout == Layout::one_machine);
    const auto prefix = nameless ? "" : event.id + ": ";
    std::string lines;
    if (is_news(event) && !event.text.empty())
        lines = prefix + (event.status == Status::warning && !style_.bare ? "warning: " : "") +
                event.text + "\n";
    return lines + detail_lines(prefix, event.detail);
}

std::string PlainProgress::compose_lines(const Event& event) {
    if (event.status == Status::note || event.status == Status::warning) {
        const auto* const level =
            event.status == Status::warning && !style_.bare ? "warning: " : "";
        // A note goes on from its subject: "p_web_1 is up-to-date".
        const bool subject = event.status == Status::warning && !event.id.empty();
        const auto line = joined(subject ? event.id + ":" : event.id, event.text);
        return (line.empty() ? "" : level + line + "\n") + detail_lines("", event.detail);
    }
    if (event.status == Status::working) {
        const auto line = joined(event.text, event.id);
        const bool news = is_news(event);
        widest_ = std::max(widest_, columns(line));
        return (news ? pad(line, widest_) + " ... \n" : "") + detail_lines("", event.detail);
    }
    // The verb stays the one that began the line: "Creating p_web_1 ... done".
    const auto begun = said_.find(event.id);
    const bool working = begun != said_.end() && begun->second.status == Status::working;
    const auto line = joined(working ? begun->second.text : event.text, event.id);
    if (begun != said_.end())
        said_.erase(begun);
    widest_ = std::max(widest_, columns(line));
    auto lines = pad(line, widest_) + " ... " + (event.status == Status::done ? "done" : "error");
    lines += "\n";
    if (event.status == Status::failed && !event.detail.empty())
        lines +=
            fmt::format("{}ERROR: for {}  {}\n", style_.bare ? "\n" : "", event.id, event.detail);
    return lines;
}

} // namespace orch::cmd::ui
