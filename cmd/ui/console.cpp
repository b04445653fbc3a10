#include "cmd/ui/console.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

namespace orch::cmd::ui {

namespace {

/// Writes all of it; returns 0 or the errno. Descriptors may be non-blocking: they are shared with
/// whoever opened the terminal.
int write_all(int fd, std::string_view text) noexcept {
    while (!text.empty()) {
        const auto written = ::write(fd, text.data(), text.size());
        if (written >= 0) {
            text.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno == EAGAIN) {
            pollfd ready{fd, POLLOUT, 0};
            ::poll(&ready, 1, -1);
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

bool names_utf8(const os::Environment& environment) {
    // The order in which POSIX looks for the character type.
    for (const auto* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        const auto value = text::lower(environment.get_or(name, ""));
        if (!value.empty())
            return value.find("utf-8") != std::string::npos ||
                   value.find("utf8") != std::string::npos;
    }
    return false;
}

} // namespace

Console::Console(int in, int out, int err, const os::Environment& environment)
    : environment_(environment), in_{in, ::isatty(in) == 1}, out_{out, ::isatty(out) == 1},
      err_{err, ::isatty(err) == 1}, unicode_(names_utf8(environment)) {
    choose_color(ColorChoice::automatic);
}

Console::~Console() { restore(); }

void Console::choose_color(ColorChoice choice) {
    out_.color = wants_color(choice, out_.terminal, environment_);
    err_.color = wants_color(choice, err_.terminal, environment_);
}

Size Console::size_of(const Stream& stream) noexcept {
    winsize size{};
    if (!stream.terminal || ::ioctl(stream.fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 ||
        size.ws_row == 0)
        return {};
    return {size.ws_col, size.ws_row};
}

std::string Console::hide() const {
    if (!shown_)
        return {};
    // To the first line of the area, then erase to the end of the screen.
    return fmt::format("\r\x1b[{}A\x1b[J", lines_.size());
}

std::string Console::show() const {
    std::string frame;
    for (const auto& line : lines_)
        frame += line + "\n";
    return frame;
}

void Console::write_err(std::string_view text) noexcept { (void)write_all(err_.fd, text); }

void Console::out(std::string_view text) {
    if (text.empty())
        return;
    const std::lock_guard lock(mutex_);
    const bool shared = out_.terminal && err_.terminal;
    if (shared && shown_) {
        write_err(hide());
        shown_ = false;
    }
    const int failure = write_all(out_.fd, text);
    if (shared) {
        midline_ = text.back() != '\n';
        if (!lines_.empty() && !midline_ && handed_over_ == 0) {
            write_err(show());
            shown_ = true;
        }
    }
    if (failure == EPIPE)
        throw OutputClosed();
    if (failure != 0)
        throw Error(Kind::invalid, "standard output cannot be written: {}", std::strerror(failure));
}

void Console::err(std::string_view text) noexcept {
    if (text.empty())
        return;
    const std::lock_guard lock(mutex_);
    if (!err_.terminal)
        return write_err(text);
    auto all = hide();
    all += text;
    midline_ = text.back() != '\n';
    shown_ = !lines_.empty() && !midline_ && handed_over_ == 0;
    if (shown_)
        all += show();
    write_err(all);
}

std::string Console::read_all() {
    std::string text;
    char buffer[65536];
    for (;;) {
        const auto count = ::read(in_.fd, buffer, sizeof buffer);
        if (count == 0)
            return text;
        if (count < 0 && errno != EINTR)
            throw Error(Kind::invalid, "cannot read standard input: {}", std::strerror(errno));
        if (count > 0)
            text.append(buffer, static_cast<std::size_t>(count));
    }
}

void Console::live(std::vector<std::string> lines, std::string_view above) noexcept {
    const std::lock_guard lock(mutex_);
    if (!err_.terminal)
        return write_err(above);
    auto all = hide();
    // The cursor would blink at the end of every frame.
    if (lines.empty() != lines_.empty())
        all += lines.empty() ? "\x1b[?25h" : "\x1b[?25l";
    lines_ = std::move(lines);
    all += above;
    if (!above.empty())
        midline_ = above.back() != '\n';
    shown_ = !lines_.empty() && !midline_ && handed_over_ == 0;
    if (shown_)
        all += show();
    write_err(all);
}

void Console::leave_raw() noexcept {
    if (before_raw_)
        ::tcsetattr(in_.fd, TCSADRAIN, before_raw_.get());
    before_raw_.reset();
}

void Console::restore() noexcept {
    // Not a timed mutex: ThreadSanitizer of gcc 12 does not know how those are locked.
    std::unique_lock lock(mutex_, std::try_to_lock);
    for (int tries = 20; tries > 0 && !lock.owns_lock(); --tries) {
        ::poll(nullptr, 0, 5);
        (void)lock.try_lock();
    }
    leave_raw();
    if (lines_.empty())
        return;
    write_err(hide() + "\x1b[?25h");
    shown_ = false;
    lines_.clear();
}

Console::Handover::Handover(Console& console) : console_(console) {
    const std::lock_guard lock(console_.mutex_);
    ++console_.handed_over_;
    if (!console_.lines_.empty())
        console_.write_err(console_.hide() + "\x1b[?25h");
    console_.shown_ = false;
}

Console::Handover::~Handover() {
    const std::lock_guard lock(console_.mutex_);
    console_.midline_ = false; // whoever had the terminal ended its line
    if (--console_.handed_over_ > 0 || console_.lines_.empty())
        return;
    console_.write_err("\x1b[?25l" + console_.show());
    console_.shown_ = true;
}

Console::RawInput::RawInput(Console& console) : console_(console) {
    const std::lock_guard lock(console_.mutex_);
    auto before = std::make_unique<termios>();
    if (!console_.in_.terminal || ::tcgetattr(console_.in_.fd, before.get()) != 0)
        return;
    auto raw = *before;
    ::cfmakeraw(&raw);
    if (::tcsetattr(console_.in_.fd, TCSADRAIN, &raw) == 0)
        console_.before_raw_ = std::move(before);
}

Console::RawInput::~RawInput() {
    const std::lock_guard lock(console_.mutex_);
    console_.leave_raw();
}

} // namespace orch::cmd::ui
