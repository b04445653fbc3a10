#include "lib/ssh/libssh2_session.hpp"

#include "lib/base/text.hpp"
#include "lib/os/wakeup.hpp"

#include <algorithm>
#include <array>
#include <poll.h>
#include <sys/socket.h>

namespace orch::ssh {

namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

int milliseconds_until(std::optional<SteadyClock::time_point> deadline) {
    if (!deadline)
        return -1;
    const auto left = std::chrono::ceil<milliseconds>(*deadline - SteadyClock::now()).count();
    return static_cast<int>(std::clamp<milliseconds::rep>(left, 0, 3'600'000));
}

LIBSSH2_SESSION* new_session() {
    static const int initialised = libssh2_init(0);
    auto* session = initialised == 0 ? libssh2_session_init() : nullptr;
    if (session == nullptr)
        throw Error(Kind::internal, "cannot initialise libssh2");
    libssh2_session_set_blocking(session, 0);
    return session;
}

} // namespace

std::optional<SteadyClock::time_point> deadline_after(milliseconds timeout) {
    if (timeout.count() <= 0)
        return std::nullopt;
    return SteadyClock::now() + timeout;
}

Libssh2Session::Libssh2Session(Fd socket, std::string endpoint)
    : socket_(std::move(socket)), endpoint_(std::move(endpoint)), session_(new_session()) {}

Libssh2Session::~Libssh2Session() {
    if (!must_send())
        libssh2_session_disconnect(session_, "done");
    // With the socket shut down nothing below can ask to be repeated.
    ::shutdown(socket_.get(), SHUT_RDWR);
    while (libssh2_session_free(session_) == LIBSSH2_ERROR_EAGAIN) {
    }
}

void Libssh2Session::wait(const Limit& limit) const {
    const auto longest = milliseconds_until(limit.deadline);
    wait_for_input(limit, -1, milliseconds(longest));
}

bool Libssh2Session::wait_for_input(
    const Limit& limit, int input, std::chrono::milliseconds longest
) const {
    const os::Wakeup wakeup(limit.stop);
    const int directions = libssh2_session_block_directions(session_);
    short events = 0;
    if ((directions & LIBSSH2_SESSION_BLOCK_INBOUND) != 0 || directions == 0)
        events |= POLLIN;
    if ((directions & LIBSSH2_SESSION_BLOCK_OUTBOUND) != 0)
        events |= POLLOUT;
    std::array<pollfd, 3> polled{
        {{socket_.get(), events, 0}, {wakeup.fd(), POLLIN, 0}, {input, POLLIN, 0}}};
    ::poll(polled.data(), polled.size(), static_cast<int>(longest.count()));
    if (limit.stop.stop_requested())
        throw Error(Kind::cancelled, "interrupted");
    if (limit.deadline && SteadyClock::now() >= *limit.deadline)
        throw TimedOut{};
    return polled[2].revents != 0;
}

bool Libssh2Session::must_send() const {
    return (libssh2_session_block_directions(session_) & LIBSSH2_SESSION_BLOCK_OUTBOUND) != 0;
}

std::string Libssh2Session::last_error() const {
    char* message = nullptr;
    int size = 0;
    const int code = libssh2_session_last_error(session_, &message, &size, 0);
    if (message == nullptr || size == 0)
        return fmt::format("libssh2 error {}", code);
    return text::lower(std::string_view(message, static_cast<std::size_t>(size)));
}

Error Libssh2Session::lost() const {
    return {Kind::network, "the connection to {} is lost: {}", endpoint_, last_error()};
}

} // namespace orch::ssh
