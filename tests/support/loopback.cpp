#include "tests/support/loopback.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>

namespace orch::testing {

namespace {

template <class Address>
Fd bound(Address& address, int family) {
    Fd fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    auto* plain = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    if (!fd || ::bind(fd.get(), plain, size) != 0 || ::getsockname(fd.get(), plain, &size) != 0)
        throw std::runtime_error("no free port on the loopback interface");
    return fd;
}

} // namespace

Listener listen_on_loopback(bool ipv6) {
    Listener listener;
    if (ipv6) {
        sockaddr_in6 address{};
        address.sin6_family = AF_INET6;
        address.sin6_addr = in6addr_loopback;
        listener.fd = bound(address, AF_INET6);
        listener.port = ntohs(address.sin6_port);
    } else {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        listener.fd = bound(address, AF_INET);
        listener.port = ntohs(address.sin_port);
    }
    if (::listen(listener.fd.get(), 0) != 0)
        throw std::runtime_error("cannot listen on the loopback interface");
    return listener;
}

int refusing_port() { return listen_on_loopback().port; }

} // namespace orch::testing
