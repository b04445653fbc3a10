#include "cmd/compose/converse.hpp"

#include "cmd/ui/window_watch.hpp"
#include "lib/base/error.hpp"
#include "lib/log/log.hpp"

#include <optional>
#include <unistd.h>

namespace orch::cmd::compose {

namespace {

void lend_size(const Conversation& conversation, const ui::Console& console) {
    if (!console.out_is_terminal())
        return;
    const auto size = console.out_size();
    try {
        conversation.resize({static_cast<int>(size.rows), static_cast<int>(size.columns)});
    } catch (const Error& error) {
        if (error.kind() == Kind::cancelled)
            throw;
        log::debug("engine", "window size: {}", error.message());
    }
}

} // namespace

void converse(engine::Dialogue dialogue, const Conversation& conversation, Session& session) {
    auto& console = session.console;
    conversation.begin();
    const ui::Console::Handover handover(console);
    std::optional<ui::Console::RawInput> raw;
    std::optional<ui::WindowWatch> window;
    engine::Speaker speaker{
        .input = conversation.input ? STDIN_FILENO : -1,
        .on_output = [&console](int stream, std::string_view bytes) {
            if (stream == 2)
                console.err(bytes);
            else
                console.out(bytes);
        }};
    if (conversation.tty) {
        raw.emplace(console);
        window.emplace();
        speaker.notice = window->fd();
        speaker.on_notice = [&] {
            window->clear();
            lend_size(conversation, console);
        };
        lend_size(conversation, console);
    }
    dialogue.run(speaker);
}

} // namespace orch::cmd::compose
