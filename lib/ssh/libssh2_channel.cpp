#include "lib/ssh/libssh2_channel.hpp"

#include <csignal>
#include <cstring>
#include <utility>

namespace orch::ssh {

namespace {

constexpr int unknown_signal_code = 255;

/// The number of the signal that RFC 4254 names without SIG.
int signal_code(std::string_view name) {
    for (int number = 1; number < NSIG; ++number) {
        const char* known = ::sigabbrev_np(number);
        if (known != nullptr && name == known)
            return 128 + number;
    }
    return unknown_signal_code;
}

} // namespace

ssize_t Libssh2Channel::check(ssize_t code) const {
    if (code < 0)
        throw session_.lost();
    return code;
}

/// A call that left half a packet behind is repeated until it is out: libssh2 takes no other call
/// before.
template <class Call>
ssize_t Libssh2Channel::settle(Call&& call) {
    ssize_t size = call();
    while (size == LIBSSH2_ERROR_EAGAIN && session_.must_send()) {
        session_.wait(limit_);
        size = call();
    }
    return size;
}

void Libssh2Channel::open() {
    channel_ = session_.repeat_pointer(limit_, [this] {
        return libssh2_channel_open_session(session_.get());
    });
    if (channel_ == nullptr)
        throw session_.lost();
    opened_ = true;
}

void Libssh2Channel::request_terminal(const Terminal& terminal) {
    const int code = session_.repeat(limit_, [&] {
        return libssh2_channel_request_pty_ex(
            channel_,
            terminal.type.data(),
            static_cast<unsigned>(terminal.type.size()),
            nullptr,
            0,
            terminal.size.columns,
            terminal.size.rows,
            0,
            0
        );
    });
    if (code != 0)
        throw Error(
            Kind::remote, "{} gives no terminal: {}", session_.endpoint(), session_.last_error()
        );
}

void Libssh2Channel::start(const std::string& line) {
    check(session_.repeat(limit_, [&] {
        if (line.empty())
            return libssh2_channel_process_startup(channel_, "shell", 5, nullptr, 0);
        return libssh2_channel_process_startup(
            channel_, "exec", 4, line.data(), static_cast<unsigned>(line.size())
        );
    }));
}

std::optional<std::size_t> Libssh2Channel::write(std::string_view bytes) {
    const auto size =
        settle([&] { return libssh2_channel_write(channel_, bytes.data(), bytes.size()); });
    if (size == LIBSSH2_ERROR_EAGAIN)
        return std::nullopt;
    return static_cast<std::size_t>(check(size));
}

void Libssh2Channel::send_end() {
    check(session_.repeat(limit_, [this] { return libssh2_channel_send_eof(channel_); }));
}

std::size_t Libssh2Channel::read(int stream, std::span<char> buffer) {
    const auto size = settle([&] {
        return libssh2_channel_read_ex(channel_, stream, buffer.data(), buffer.size());
    });
    return size == LIBSSH2_ERROR_EAGAIN ? 0 : static_cast<std::size_t>(check(size));
}

void Libssh2Channel::resize(WindowSize size) {
    // A host that cannot do it is no reason to end.
    static_cast<void>(session_.repeat(limit_, [&] {
        return libssh2_channel_request_pty_size(channel_, size.columns, size.rows);
    }));
}

bool Libssh2Channel::closed() {
    if (libssh2_channel_eof(channel_) != 1)
        return false;
    const int code = libssh2_channel_wait_closed(channel_);
    return code != LIBSSH2_ERROR_EAGAIN && check(code) == 0;
}

int Libssh2Channel::code() {
    char* signal = nullptr;
    std::size_t size = 0;
    libssh2_channel_get_exit_signal(channel_, &signal, &size, nullptr, nullptr, nullptr, nullptr);
    if (signal == nullptr)
        return libssh2_channel_get_exit_status(channel_);
    const int code = signal_code({signal, size});
    libssh2_free(session_.get(), signal);
    return code;
}

bool Libssh2Channel::leave() noexcept {
    auto* channel = std::exchange(channel_, nullptr);
    if (channel == nullptr)
        return opened_;
    if (session_.must_send())
        return false; // half a packet of this command is on the way
    const int code = libssh2_channel_free(channel);
    return code == 0 || (code == LIBSSH2_ERROR_EAGAIN && !session_.must_send());
}

} // namespace orch::ssh
