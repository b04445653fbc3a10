#include "lib/ssh/libssh2_shell.hpp"

#include "lib/log/log.hpp"
#include "lib/ssh/libssh2_attach.hpp"
#include "lib/ssh/libssh2_channel.hpp"
#include "lib/ssh/transfer.hpp"

#include <array>

namespace orch::ssh {

namespace {

/// One command on its own channel.
class Run {
  public:
    Run(const Libssh2Session& session, const Command& command, const std::stop_token& stop)
        : session_(session),
          command_(command), limit_{.deadline = deadline_after(command.timeout), .stop = stop},
          channel_(session, limit_) {}

    process::Outcome finish() {
        channel_.open();
        channel_.start(command_.line);
        while (true) {
            const bool fed = feed();
            const bool got_out = receive(0, outcome_.out);
            const bool got_err = receive(SSH_EXTENDED_DATA_STDERR, outcome_.err);
            if (fed || got_out || got_err || channel_.has_more())
                continue;
            if (channel_.closed())
                break;
            session_.wait(limit_);
        }
        outcome_.code = channel_.code();
        return std::move(outcome_);
    }

    bool leave() noexcept { return channel_.leave(); }

  private:
    /// One write; true if bytes went out.
    bool feed() {
        if (sent_end_)
            return false;
        const std::string_view left = std::string_view(command_.input).substr(written_);
        if (left.empty()) {
            channel_.send_end();
            sent_end_ = true;
            return true;
        }
        const auto size = channel_.write(left);
        written_ += size.value_or(0);
        return size.value_or(0) > 0;
    }

    /// One read; true if bytes came in.
    bool receive(int stream, std::string& to) {
        const auto size = channel_.read(stream, buffer_);
        if (size == 0)
            return false;
        const std::string_view chunk(buffer_.data(), size);
        to.append(chunk);
        if (command_.on_output)
            command_.on_output(chunk);
        return true;
    }

    const Libssh2Session& session_;
    const Command& command_;
    Limit limit_;
    Libssh2Channel channel_;
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

int Libssh2Shell::attach(const Attachment& attachment, const std::stop_token& stop) {
    log::debug("ssh", "{}: attached: {}", session_->endpoint(), attachment.line);
    broken_ = true; // what a program leaves behind that was cut short is not known
    return ssh::attach(*session_, attachment, stop);
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
