#include "lib/base/error.hpp"
#include "lib/net/dial.hpp"
#include "tests/support/loopback.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <sys/socket.h>
#include <thread>

namespace net = orch::net;
namespace testing = orch::testing;
using orch::Error;
using orch::Kind;
using namespace std::chrono_literals;

namespace {

using SteadyClock = std::chrono::steady_clock;

Error error_of(
    const std::string& host,
    int port,
    std::chrono::milliseconds timeout,
    const std::stop_token& stop = {}
) {
    try {
        net::dial(host, port, timeout, stop);
    } catch (const Error& error) {
        return error;
    }
    return {Kind::internal, "no error"};
}

int option(const orch::Fd& fd, int level, int name) {
    int value = 0;
    socklen_t size = sizeof value;
    ::getsockopt(fd.get(), level, name, &value, &size);
    return value;
}

/// A listener whose queue is full: a further connection hangs.
class SilentListener {
  public:
    SilentListener() : listener_(testing::listen_on_loopback()) {
        first_ = net::dial("127.0.0.1", listener_.port, 5s, {});
    }

    [[nodiscard]] int port() const { return listener_.port; }

  private:
    testing::Listener listener_;
    orch::Fd first_;
};

} // namespace

TEST_CASE("net: a connected socket is ready for use") {
    const auto listener = testing::listen_on_loopback();
    const auto fd = net::dial("127.0.0.1", listener.port, 5s, {});
    CHECK((::fcntl(fd.get(), F_GETFL) & O_NONBLOCK) != 0);
    CHECK((::fcntl(fd.get(), F_GETFD) & FD_CLOEXEC) != 0);
    CHECK(option(fd, IPPROTO_TCP, TCP_NODELAY) != 0);
    CHECK(option(fd, SOL_SOCKET, SO_KEEPALIVE) != 0);
    CHECK(option(fd, SOL_SOCKET, SO_ERROR) == 0);
}

TEST_CASE("net: names are resolved and every address is tried") {
    const auto listener = testing::listen_on_loopback();
    CHECK(net::dial("localhost", listener.port, 5s, {}));
}

TEST_CASE("net: IPv6 addresses work with and without brackets") {
    std::optional<testing::Listener> listener;
    try {
        listener = testing::listen_on_loopback(true);
    } catch (const std::runtime_error&) {
        MESSAGE("no IPv6 here");
    }
    if (listener) {
        CHECK(net::dial("[::1]", listener->port, 5s, {}));
        listener = testing::listen_on_loopback(true);
        CHECK(net::dial("::1", listener->port, 5s, {}));
    }
    CHECK(net::endpoint_text("::1", 22) == "[::1]:22");
    CHECK(net::endpoint_text("[::1]", 22) == "[::1]:22");
    CHECK(net::endpoint_text("host", 22) == "host:22");
}

TEST_CASE("net: a refused connection says so") {
    const int port = testing::refusing_port();
    const auto error = error_of("127.0.0.1", port, 5s);
    CHECK(error.kind() == Kind::network);
    CHECK(
        error.message() ==
        "cannot connect to 127.0.0.1:" + std::to_string(port) + ": connection refused"
    );
}

TEST_CASE("net: an unknown host is a network error") {
    const auto error = error_of("no such host", 22, 20s);
    CHECK(error.kind() == Kind::network);
    CHECK(error.message().starts_with("cannot connect to no such host:22: "));
}

TEST_CASE("net: a silent host times out") {
    const SilentListener listener;
    const auto error = error_of("127.0.0.1", listener.port(), 300ms);
    CHECK(error.kind() == Kind::timeout);
    CHECK(
        error.message() ==
        "127.0.0.1:" + std::to_string(listener.port()) + " does not answer within 0.3 s"
    );
}

TEST_CASE("net: a stop ends the attempt at once") {
    const SilentListener listener;
    std::stop_source source;
    SteadyClock::time_point stopped;
    std::jthread stopper([&] {
        // Any moment will do; this one is likely to fall into the wait.
        std::this_thread::yield();
        stopped = SteadyClock::now();
        source.request_stop();
    });
    CHECK(
        error_of("127.0.0.1", listener.port(), 20s, source.get_token()).kind() == Kind::cancelled
    );
    stopper.join();
    CHECK(SteadyClock::now() - stopped < 200ms);
}
