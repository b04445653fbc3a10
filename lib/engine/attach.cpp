#include "lib/engine/attach.hpp"

#include "lib/base/error.hpp"
#include "lib/engine/stream.hpp"
#include "lib/log/log.hpp"
#include "lib/os/wakeup.hpp"
#include "lib/tasks/clock.hpp"

#include <array>
#include <cerrno>
#include <poll.h>
#include <unistd.h>

namespace orch::engine {

namespace {

constexpr std::size_t piece = std::size_t{32} << 10;
constexpr int reads_in_a_row = 16; // then the input gets its turn

/// One Dialogue under way.
class Exchange {
  public:
    Exchange(http::Duplex& duplex, bool tty, const Speaker& speaker, const std::stop_token& stop)
        : duplex_(duplex), tty_(tty), speaker_(speaker), stop_(stop), wakeup_(stop),
          input_open_(speaker.input >= 0), frames_([this](int stream, std::string_view bytes) {
              speaker_.on_output(stream, bytes);
              return true;
          }) {}

    void run() {
        while (receive()) {
            send();
            wait();
            tasks::check(stop_);
        }
    }

  private:
    /// False at the end.
    bool receive() {
        more_ = true;
        for (int i = 0; i < reads_in_a_row; ++i) {
            const auto count = duplex_.receive(buffer_);
            if (!count) {
                more_ = false;
                return true;
            }
            if (*count == 0)
                return false;
            const std::string_view bytes(buffer_.data(), *count);
            if (tty_)
                speaker_.on_output(1, bytes);
            else
                frames_.feed(bytes);
        }
        return true;
    }

    void send() {
        try {
            while (sent_ < pending_.size()) {
                const auto count = duplex_.send(std::string_view(pending_).substr(sent_));
                if (count == 0)
                    return;
                sent_ += count;
            }
            pending_.clear();
            sent_ = 0;
            if (!input_open_ && !finished_) {
                finished_ = true;
                duplex_.end_sending();
            }
        } catch (const Error& error) {
            // It may have ended with input left over; its last output is still to come.
            log::debug("engine", "input dropped: {}", error.message());
            pending_.clear();
            sent_ = 0;
            input_open_ = false;
            finished_ = true;
        }
    }

    void wait() {
        const bool full = !pending_.empty();
        const short events = full ? POLLIN | POLLOUT : POLLIN;
        std::array<pollfd, 4> ready{
            {{duplex_.fd(), events, 0},
             {wakeup_.fd(), POLLIN, 0},
             {input_open_ && !full ? speaker_.input : -1, POLLIN, 0},
             {speaker_.notice, POLLIN, 0}}};
        if (::poll(ready.data(), ready.size(), more_ ? 0 : -1) <= 0)
            return;
        if (ready[2].revents != 0)
            read_input();
        if (ready[3].revents != 0)
            speaker_.on_notice();
    }

    void read_input() {
        pending_.resize(piece);
        const auto count = ::read(speaker_.input, pending_.data(), pending_.size());
        pending_.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
        if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR))
            input_open_ = false;
    }

    http::Duplex& duplex_;
    bool tty_;
    const Speaker& speaker_;
    const std::stop_token& stop_;
    os::Wakeup wakeup_;
    std::array<char, piece> buffer_{};
    std::string pending_; // input on its way; keeps its place until all is sent, as TLS wants it
    std::size_t sent_ = 0;
    bool input_open_;
    bool finished_ = false;
    bool more_ = false; // output may be there that poll() does not see
    FrameStream frames_;
};

} // namespace

void Dialogue::run(const Speaker& speaker) { Exchange(*duplex_, tty_, speaker, stop_).run(); }

} // namespace orch::engine
