#include "lib/ssh/libssh2_attach.hpp"

#include "lib/ssh/libssh2_channel.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <unistd.h>

namespace orch::ssh {

namespace {

/// The window is looked at this often. SIGWINCH would come to any thread, and be lost where it is
/// not blocked.
constexpr std::chrono::milliseconds glance{300};

class Bridge {
  public:
    Bridge(const Libssh2Session& session, const Attachment& attachment, const std::stop_token& stop)
        : session_(session), attachment_(attachment), limit_{.deadline = {}, .stop = stop},
          channel_(session, limit_) {}

    int run() {
        constexpr int reader_is_gone = 128 + SIGPIPE; // what a shell says of such a program
        channel_.open();
        if (attachment_.terminal)
            channel_.request_terminal(*attachment_.terminal);
        channel_.start(attachment_.line);
        while (!turn()) {
        }
        return reader_gone_ ? reader_is_gone : channel_.code();
    }

  private:
    /// One round; true once the program has ended, or nobody wants to see more of it.
    bool turn() {
        const bool fed = feed();
        const bool got_out = pass(0, attachment_.out);
        const bool got_err = pass(SSH_EXTENDED_DATA_STDERR, attachment_.err);
        if (reader_gone_)
            return true;
        if (fed || got_out || got_err || channel_.has_more())
            return false;
        if (channel_.closed())
            return true;
        // More is read only when the last piece is gone: a program that does not read holds us up.
        const bool hungry = pending_.empty() && !ended_;
        if (session_.wait_for_input(limit_, hungry ? attachment_.in : -1, glance))
            read_input();
        follow_window();
        return false;
    }

    void read_input() {
        const auto size = ::read(attachment_.in, buffer_.data(), buffer_.size());
        if (size > 0)
            pending_.assign(buffer_.data(), static_cast<std::size_t>(size));
        else if (size == 0 || (errno != EAGAIN && errno != EINTR))
            end_input();
    }

    void end_input() {
        channel_.send_end();
        ended_ = true;
    }

    bool feed() {
        if (pending_.empty())
            return false;
        const auto size = channel_.write(pending_);
        if (!size)
            return false;
        pending_.erase(0, *size);
        return *size > 0;
    }

    /// True if bytes came.
    bool pass(int stream, int to) {
        const auto size = channel_.read(stream, buffer_);
        for (std::size_t done = 0; done < size;) {
            const auto written = ::write(to, buffer_.data() + done, size - done);
            if (written < 0 && errno == EPIPE) {
                reader_gone_ = true;
                break;
            }
            if (written < 0 && errno != EINTR && errno != EAGAIN)
                throw Error(Kind::invalid, "standard output cannot be written");
            done += written > 0 ? static_cast<std::size_t>(written) : 0;
        }
        return size > 0;
    }

    void follow_window() {
        if (!attachment_.terminal || !attachment_.window)
            return;
        const auto now = attachment_.window();
        if (now == last_)
            return;
        last_ = now;
        channel_.resize(now);
    }

    const Libssh2Session& session_;
    const Attachment& attachment_;
    Limit limit_;
    Libssh2Channel channel_;
    WindowSize last_ = attachment_.terminal ? attachment_.terminal->size : WindowSize{};
    std::string pending_;
    bool ended_ = false;
    bool reader_gone_ = false;
    std::array<char, 32768> buffer_{};
};

} // namespace

int attach(
    const Libssh2Session& session, const Attachment& attachment, const std::stop_token& stop
) {
    return Bridge(session, attachment, stop).run();
}

} // namespace orch::ssh
