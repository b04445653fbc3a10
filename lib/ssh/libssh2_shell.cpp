#include "lib/ssh/libssh2_shell.hpp"

#include "lib/log/log.hpp"
#include "lib/ssh/transfer.hpp"

#include <array>
#include <csignal>
#include <cstring>

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

/// One command on its own channel.
class Run {
  public:
    Run(const Libssh2Session& session, const Command& command, const std::stop_token& stop)
        : session_(session),
          command_(command), limit_{.deadline = deadline_after(command.timeout), .stop = stop} {}

    ~Run() { leave(); }

    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

    process::Outcome finish() {
        open();
        while (true) {
            const bool fed = feed();
            const bool got_out = receive(0, outcome_.out);
            const bool got_err = receive(SSH_EXTENDED_DATA_STDERR, outcome_.err);
            if (fed || got_out || got_err || libssh2_poll_channel_read(channel_, 0) != 0)
                continue;
            if (closed())
                break;
            session_.wait(limit_);
        }
        read_code();
        return std::move(outcome_);
    }

    /// Gives the channel up without waiting; true if the session can be used on. A host whose
    /// command still runs does not answer: such a channel stays until the session ends.
    bool leave() noexcept {
        auto* channel = std::exchange(channel_, nullptr);
        if (channel == nullptr)
            return opened_;
        if (session_.must_send())
            return false; // half a packet of this command is on the way
        const int code = libssh2_channel_free(channel);
        return code == 0 || (code == LIBSSH2_ERROR_EAGAIN && !session_.must_send());
    }

  private:
    void open() {
        channel_ = session_.repeat_pointer(limit_, [this] {
            return libssh2_channel_open_session(session_.get());
        });
        if (channel_ == nullptr)
            throw session_.lost();
        opened_ = true;
        check(session_.repeat(limit_, [this] {
            return libssh2_channel_process_startup(
                channel_,
                "exec",
                4,
                command_.line.data(),
                static_cast<unsigned>(command_.line.size())
            );
        }));
    }

    /// One write; true if bytes went out.
    bool feed() {
        if (sent_end_)
            return false;
        const auto& input = command_.input;
        if (written_ == input.size()) {
            check(session_.repeat(limit_, [this] { return libssh2_channel_send_eof(channel_); }));
            sent_end_ = true;
            return true;
        }
        const auto write = [&] {
            return libssh2_channel_write(
                channel_, input.data() + written_, input.size() - written_
            );
        };
        const auto size = settle(write);
        if (size == LIBSSH2_ERROR_EAGAIN)
            return false;
        written_ += static_cast<std::size_t>(check(size));
        return size > 0;
    }

    /// One read; true if bytes came in.
    bool receive(int stream, std::string& to) {
        const auto size = settle([&] {
            return libssh2_channel_read_ex(channel_, stream, buffer_.data(), buffer_.size());
        });
        if (size == LIBSSH2_ERROR_EAGAIN || check(size) == 0)
            return false;
        const std::string_view chunk(buffer_.data(), static_cast<std::size_t>(size));
        to.append(chunk);
        if (command_.on_output)
            command_.on_output(chunk);
        return true;
    }

    /// A call that left half a packet behind is repeated until it is out: libssh2 takes no other
    /// call before.
    template <class Call>
    ssize_t settle(Call&& call) {
        ssize_t size = call();
        while (size == LIBSSH2_ERROR_EAGAIN && session_.must_send()) {
            session_.wait(limit_);
            size = call();
        }
        return size;
    }

    /// Whether the host closed the channel, which it does after the exit code. The end of the
    /// output alone means less: the command may have closed its streams and go on.
    bool closed() {
        if (libssh2_channel_eof(channel_) != 1)
            return false;
        const int code = libssh2_channel_wait_closed(channel_);
        return code != LIBSSH2_ERROR_EAGAIN && check(code) == 0;
    }

    void read_code() {
        char* signal = nullptr;
        std::size_t size = 0;
        libssh2_channel_get_exit_signal(
            channel_, &signal, &size, nullptr, nullptr, nullptr, nullptr
        );
        if (signal == nullptr) {
            outcome_.code = libssh2_channel_get_exit_status(channel_);
            return;
        }
        outcome_.code = signal_code({signal, size});
        libssh2_free(session_.get(), signal);
    }

    ssize_t check(ssize_t code) const {
        if (code < 0)
            throw session_.lost();
        return code;
    }

    const Libssh2Session& session_;
    const Command& command_;
    Limit limit_;
    LIBSSH2_CHANNEL* channel_ = nullptr;
    bool opened_ = false;
    bool sent_end_ = false;
    std::size_t written_ = 0;
    std::array<char, 32768> buffer_{};
    process::Outcome outcome_;
};

} // namespace

process::Outcome Libssh2Shell::run(const Command& command, const std::stop_token& stop) {
    if (stop.stop_requested())
        throw Error(Kind::cancelled, "interrupted");
    if (broken_)
        throw Error(Kind::network, "the connection to {} is lost", session_->endpoint());
    log::debug("ssh", "{}: {}", session_->endpoint(), command.line);
    Run run(*session_, command, stop);
    try {
        auto outcome = run.finish();
        broken_ = !run.leave();
        return outcome;
    } catch (const TimedOut&) {
        broken_ = !run.leave();
        throw Error(
            Kind::timeout,
            "a command on {} did not finish within {:g} s",
            session_->endpoint(),
            std::chrono::duration<double>(command.timeout).count()
        );
    } catch (...) {
        broken_ = !run.leave();
        throw;
    }
}

void Libssh2Shell::put(
    std::string_view content, const std::string& path, unsigned mode, const std::stop_token& stop
) {
    write_remote_file(*this, content, path, mode, stop);
}

std::string Libssh2Shell::get(const std::string& path, const std::stop_token& stop) {
    return read_remote_file(*this, path, stop);
}

} // namespace orch::ssh
