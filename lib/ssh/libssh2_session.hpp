// A libssh2 session on a socket that never blocks: every wait has a deadline and can be stopped.
#pragma once

#include "lib/base/error.hpp"
#include "lib/base/fd.hpp"

#include <libssh2.h>

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

namespace orch::ssh {

/// Until when, and what ends the wait before.
struct Limit {
    std::optional<std::chrono::steady_clock::time_point> deadline;
    const std::stop_token& stop;
};

/// Nothing for 0 ms.
std::optional<std::chrono::steady_clock::time_point>
deadline_after(std::chrono::milliseconds timeout);

/// Thrown at the deadline and turned into an Error by those who know what it was set for.
struct TimedOut {};

class Libssh2Session {
  public:
    /// `endpoint` names the peer in errors.
    Libssh2Session(Fd socket, std::string endpoint);
    ~Libssh2Session();

    Libssh2Session(const Libssh2Session&) = delete;
    Libssh2Session& operator=(const Libssh2Session&) = delete;

    [[nodiscard]] LIBSSH2_SESSION* get() const noexcept { return session_; }

    [[nodiscard]] const std::string& endpoint() const noexcept { return endpoint_; }

    /// Waits until libssh2 can go on. Throws Error(cancelled) and TimedOut.
    void wait(const Limit& limit) const;

    /// The same, and ends without a word after `longest`. True if the descriptor `input` can be
    /// read by then; -1 for none.
    bool wait_for_input(const Limit& limit, int input, std::chrono::milliseconds longest) const;

    /// Whether libssh2 holds half a packet: the very call that left it must be repeated first.
    [[nodiscard]] bool must_send() const;

    /// Repeats a call that returns a libssh2 code until that is not EAGAIN; returns the code.
    template <class Call>
    auto repeat(const Limit& limit, Call&& call) const {
        auto code = call();
        while (code == LIBSSH2_ERROR_EAGAIN) {
            wait(limit);
            code = call();
        }
        return code;
    }

    /// The same for a call that returns a pointer; null after an error.
    template <class Call>
    auto repeat_pointer(const Limit& limit, Call&& call) const {
        auto* pointer = call();
        while (pointer == nullptr && libssh2_session_last_errno(session_) == LIBSSH2_ERROR_EAGAIN) {
            wait(limit);
            pointer = call();
        }
        return pointer;
    }

    /// What libssh2 says about its last error.
    [[nodiscard]] std::string last_error() const;

    /// "the connection to HOST:PORT is lost: ..."
    [[nodiscard]] Error lost() const;

  private:
    Fd socket_;
    std::string endpoint_;
    LIBSSH2_SESSION* session_;
};

} // namespace orch::ssh
