#include "lib/net/dial.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/log/log.hpp"
#include "lib/os/wakeup.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <poll.h>
#include <sys/socket.h>
#include <thread>

namespace orch::net {

namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;
    int family = 0;
};

struct Resolution {
    int code = 0; // of getaddrinfo
    std::vector<Address> addresses;
};

void configure(const Fd& fd) {
    const auto set = [&fd](int level, int name, int value) {
        ::setsockopt(fd.get(), level, name, &value, sizeof value);
    };
    set(IPPROTO_TCP, TCP_NODELAY, 1);
    // A peer that vanished without a word is noticed after 30 + 4 x 10 s.
    set(SOL_SOCKET, SO_KEEPALIVE, 1);
    set(IPPROTO_TCP, TCP_KEEPIDLE, 30);
    set(IPPROTO_TCP, TCP_KEEPINTVL, 10);
    set(IPPROTO_TCP, TCP_KEEPCNT, 4);
}

std::string without_brackets(const std::string& host) {
    if (host.size() > 2 && host.front() == '[' && host.back() == ']')
        return host.substr(1, host.size() - 2);
    return host;
}

Resolution look_up(const std::string& host, int port, int flags) {
    addrinfo hints{};
    hints.ai_flags = flags | AI_NUMERICSERV;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    Resolution result;
    result.code = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
    if (result.code != 0)
        return result;
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
    for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
        Address address{.size = entry->ai_addrlen, .family = entry->ai_family};
        std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
        result.addresses.push_back(address);
    }
    return result;
}

/// One attempt to connect to one name, within one deadline.
class Attempt {
  public:
    Attempt(const std::string& host, int port, milliseconds timeout, const std::stop_token& stop)
        : host_(host), port_(port), timeout_(timeout), stop_(stop), wakeup_(stop),
          deadline_(SteadyClock::now() + timeout) {}

    Fd connect() {
        const auto addresses = resolve();
        int error = ETIMEDOUT;
        for (std::size_t i = 0; i < addresses.size(); ++i) {
            // A silent address leaves their share of the time to those after it.
            const auto share = (deadline_ - SteadyClock::now()) /
                               static_cast<SteadyClock::rep>(addresses.size() - i);
            Fd fd = open(addresses[i], SteadyClock::now() + share, error);
            if (fd)
                return fd;
        }
        if (error == ETIMEDOUT)
            throw_timeout();
        throw_network(text::lower(std::strerror(error)));
    }

  private:
    [[noreturn]] void throw_network(const std::string& reason) const {
        throw Error(Kind::network, "cannot connect to {}: {}", endpoint_text(host_, port_), reason);
    }

    [[noreturn]] void throw_timeout() const {
        throw Error(
            Kind::timeout,
            "{} does not answer within {:g} s",
            endpoint_text(host_, port_),
            std::chrono::duration<double>(timeout_).count()
        );
    }

    [[noreturn]] static void throw_cancelled() { throw Error(Kind::cancelled, "interrupted"); }

    std::vector<Address> resolve() const {
        const std::string name = without_brackets(host_);
        Resolution result = look_up(name, port_, AI_NUMERICHOST);
        if (result.code != 0)
            result = look_up_aside(name);
        if (result.code == EAI_NONAME || result.code == EAI_NODATA)
            throw_network("unknown host");
        if (result.code != 0)
            throw_network(text::lower(::gai_strerror(result.code)));
        return std::move(result.addresses);
    }

    /// getaddrinfo() cannot be interrupted: it runs on a thread that is left behind if need be.
    Resolution look_up_aside(const std::string& name) const {
        struct Shared {
            std::mutex mutex;
            std::condition_variable_any done;
            std::optional<Resolution> result;
        };

        const auto shared = std::make_shared<Shared>();
        std::thread([shared, name, port = port_] {
            auto result = look_up(name, port, AI_ADDRCONFIG);
            const std::lock_guard lock(shared->mutex);
            shared->result = std::move(result);
            shared->done.notify_all();
        }).detach();
        std::unique_lock lock(shared->mutex);
        shared->done.wait_until(lock, stop_, deadline_, [&] { return shared->result.has_value(); });
        if (stop_.stop_requested())
            throw_cancelled();
        if (!shared->result)
            throw_timeout();
        return std::move(*shared->result);
    }

    /// No descriptor and `error` set if this address cannot be reached.
    Fd open(const Address& address, SteadyClock::time_point until, int& error) const {
        Fd fd(::socket(address.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        if (!fd) {
            error = errno;
            return {};
        }
        configure(fd);
        sockaddr_storage storage = address.storage;
        // The sockets interface is built on this cast.
        auto* plain = reinterpret_cast<sockaddr*>(&storage);
        if (::connect(fd.get(), plain, address.size) == 0)
            return fd;
        error = errno == EINPROGRESS ? outcome(fd, until) : errno;
        if (error != 0)
            return {};
        return fd;
    }

    /// Of a connection in progress: 0 or an errno.
    int outcome(const Fd& fd, SteadyClock::time_point until) const {
        while (true) {
            const auto left = std::chrono::ceil<milliseconds>(until - SteadyClock::now()).count();
            if (left <= 0)
                return ETIMEDOUT;
            std::array<pollfd, 2> polled{{{fd.get(), POLLOUT, 0}, {wakeup_.fd(), POLLIN, 0}}};
            const int ready =
                ::poll(polled.data(), polled.size(), static_cast<int>(std::min(left, 3'600'000L)));
            if (polled[1].revents != 0 || stop_.stop_requested())
                throw_cancelled();
            if (ready > 0)
                break;
        }
        int error = 0;
        socklen_t size = sizeof error;
        if (::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0)
            return errno;
        return error;
    }

    const std::string& host_;
    int port_;
    milliseconds timeout_;
    const std::stop_token& stop_;
    os::Wakeup wakeup_;
    SteadyClock::time_point deadline_;
};

} // namespace

Fd dial(const std::string& host, int port, milliseconds timeout, const std::stop_token& stop) {
    log::debug("net", "connecting to {}", endpoint_text(host, port));
    if (stop.stop_requested())
        throw Error(Kind::cancelled, "interrupted");
    return Attempt(host, port, timeout, stop).connect();
}

std::string endpoint_text(const std::string& host, int port) {
    const bool bare_ipv6 = host.find(':') != std::string::npos && host.front() != '[';
    return bare_ipv6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

} // namespace orch::net
