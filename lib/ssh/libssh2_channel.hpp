// One channel of a libssh2 session: a remote program and its streams. For this room only.
#pragma once

#include "lib/ssh/libssh2_session.hpp"
#include "lib/ssh/shell.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace orch::ssh {

/// Every call throws Error(network) if the connection broke, and what Libssh2Session::wait()
/// throws.
class Libssh2Channel {
  public:
    Libssh2Channel(const Libssh2Session& session, const Limit& limit)
        : session_(session), limit_(limit) {}

    ~Libssh2Channel() { leave(); }

    Libssh2Channel(const Libssh2Channel&) = delete;
    Libssh2Channel& operator=(const Libssh2Channel&) = delete;

    void open();
    void request_terminal(const Terminal& terminal);

    /// An empty line starts the login shell.
    void start(const std::string& line);

    /// How much went out; nothing: not now.
    std::optional<std::size_t> write(std::string_view bytes);
    void send_end();

    /// 0 for the program's output, SSH_EXTENDED_DATA_STDERR for its errors; 0 bytes: nothing now.
    std::size_t read(int stream, std::span<char> buffer);

    [[nodiscard]] bool has_more() const { return libssh2_poll_channel_read(channel_, 0) != 0; }

    void resize(WindowSize size);

    /// Whether the host closed the channel, which it does after the exit code. The end of the
    /// output alone means less: the command may have closed its streams and go on.
    [[nodiscard]] bool closed();

    /// Exit code, or 128 + signal. Once it is closed.
    [[nodiscard]] int code();

    /// Gives the channel up without waiting; true if the session can be used on. A host whose
    /// command still runs does not answer: such a channel stays until the session ends.
    bool leave() noexcept;

  private:
    template <class Call>
    ssize_t settle(Call&& call);
    ssize_t check(ssize_t code) const;

    const Libssh2Session& session_;
    const Limit& limit_;
    LIBSSH2_CHANNEL* channel_ = nullptr;
    bool opened_ = false;
};

} // namespace orch::ssh
