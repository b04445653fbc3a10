#include "drivers/qemu/qmp.hpp"

#include "lib/base/error.hpp"
#include "lib/json/json.hpp"
#include "lib/net/local.hpp"
#include "lib/os/wakeup.hpp"
#include "lib/tasks/clock.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>

namespace orch::drivers::qemu {

namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t longest_line = 1 << 20;

class Session {
  public:
    Session(const std::filesystem::path& socket, milliseconds patience, const std::stop_token& stop)
        : socket_(socket), fd_(net::dial_local(socket)), stop_(stop), wakeup_(stop),
          patience_(patience), deadline_(SteadyClock::now() + patience) {}

    /// The next object with that key: greeting, answer or error.
    Json next(const char* key) {
        for (;;) {
            auto object = json::parse(line(), socket_.string());
            if (object.contains("error"))
                throw Error(
                    Kind::remote,
                    "QEMU refuses: {}",
                    object["error"].value("desc", object["error"].dump())
                );
            if (object.contains(key))
                return object[key];
        }
    }

    void send(const Json& command) {
        const auto text = command.dump() + "\r\n";
        for (std::size_t sent = 0; sent < text.size();) {
            const auto count =
                ::send(fd_.get(), text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
            if (count < 0 && errno != EINTR)
                throw_gone();
            sent += count > 0 ? static_cast<std::size_t>(count) : 0;
        }
    }

  private:
    [[noreturn]] void throw_gone() const {
        throw Error(Kind::network, "QEMU closed the connection at {}", socket_.string());
    }

    std::string line() {
        for (;;) {
            if (const auto end = buffer_.find('\n'); end != std::string::npos) {
                auto found = buffer_.substr(0, end);
                buffer_.erase(0, end + 1);
                return found;
            }
            if (buffer_.size() > longest_line)
                throw Error(Kind::remote, "what answers at {} is not QEMU", socket_.string());
            fill();
        }
    }

    void fill() {
        wait();
        std::array<char, 4096> chunk{};
        const auto count = ::recv(fd_.get(), chunk.data(), chunk.size(), 0);
        if (count == 0 || (count < 0 && errno != EINTR))
            throw_gone();
        if (count > 0)
            buffer_.append(chunk.data(), static_cast<std::size_t>(count));
    }

    void wait() const {
        const auto left =
            std::chrono::duration_cast<milliseconds>(deadline_ - SteadyClock::now()).count();
        std::array<pollfd, 2> fds{{{fd_.get(), POLLIN, 0}, {wakeup_.fd(), POLLIN, 0}}};
        const int ready = ::poll(fds.data(), fds.size(), left > 0 ? static_cast<int>(left) : 0);
        tasks::check(stop_);
        if (ready == 0)
            throw Error(
                Kind::timeout,
                "QEMU does not answer at {} within {:g} s",
                socket_.string(),
                std::chrono::duration<double>(patience_).count()
            );
    }

    std::filesystem::path socket_;
    Fd fd_;
    std::stop_token stop_;
    os::Wakeup wakeup_;
    milliseconds patience_;
    SteadyClock::time_point deadline_;
    std::string buffer_;
};

} // namespace

Json qmp(
    const std::filesystem::path& socket,
    const std::string& command,
    const std::stop_token& stop,
    milliseconds patience
) {
    tasks::check(stop);
    Session session(socket, patience, stop);
    session.next("QMP");
    session.send({{"execute", "qmp_capabilities"}});
    session.next("return");
    session.send({{"execute", command}});
    return session.next("return");
}

} // namespace orch::drivers::qemu
