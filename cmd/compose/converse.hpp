// The user's terminal, or whatever the standard streams are, tied to a process in a container.
#pragma once

#include "cmd/session.hpp"
#include "lib/engine/attach.hpp"

#include <functional>

namespace orch::cmd::compose {

struct Conversation {
    bool tty = false;  // the process has a terminal: ours becomes raw and lends it its size
    bool input = true; // standard input goes to the process

    /// Called before anything is copied, when the streams are ready.
    std::function<void()> begin = [] {};

    /// Called with the terminal's size at the beginning and whenever it changes. Errors are not
    /// shown: the process may have ended.
    std::function<void(const engine::TerminalSize&)> resize{};
};

/// Returns when the process has closed its output. Throws as Dialogue::run() does.
void converse(engine::Dialogue dialogue, const Conversation& conversation, Session& session);

} // namespace orch::cmd::compose
