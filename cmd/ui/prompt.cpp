#include "cmd/ui/prompt.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/os/wakeup.hpp"
#include "lib/tasks/clock.hpp"

#include <array>
#include <cerrno>
#include <poll.h>
#include <unistd.h>

namespace orch::cmd::ui {

namespace {

/// A byte at a time: what follows the line belongs to the next reader of the input.
bool read_byte(char& byte, int in, int wakeup, const std::stop_token& stop) {
    for (;;) {
        std::array<pollfd, 2> ready{{{in, POLLIN, 0}, {wakeup, POLLIN, 0}}};
        if (::poll(ready.data(), ready.size(), -1) < 0 && errno != EINTR)
            return false;
        tasks::check(stop);
        if (ready[0].revents == 0)
            continue;
        const auto size = ::read(in, &byte, 1);
        if (size > 0)
            return true;
        if (size == 0 || (errno != EINTR && errno != EAGAIN))
            return false;
    }
}

} // namespace

std::optional<std::string>
ask(const std::string& question, Console& console, int in, const std::stop_token& stop) {
    const Console::Handover handover(console);
    const os::Wakeup wakeup(stop);
    console.err(question);
    std::string line;
    char byte = 0;
    while (read_byte(byte, in, wakeup.fd(), stop)) {
        if (byte == '\n')
            return line;
        line += byte;
    }
    if (line.empty())
        return std::nullopt;
    return line;
}

bool confirm(
    const std::string& question,
    const std::string& way_on,
    Console& console,
    const std::stop_token& stop,
    int in
) {
    const auto line = ask(question, console, in, stop);
    if (!line) {
        console.err("\n");
        throw Error(Kind::usage, "nobody is there to answer").hint("{}", way_on);
    }
    const auto answer = text::lower(text::trim(*line));
    return answer == "y" || answer == "yes";
}

} // namespace orch::cmd::ui
