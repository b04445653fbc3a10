#include "lib/net/local.hpp"

#include "lib/base/error.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace orch::net {

namespace {

/// A socket that is bound; none if it cannot be.
Fd bound(const std::string& address, int port, Transport transport) {
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_port = htons(static_cast<std::uint16_t>(port));
    if (!address.empty() && ::inet_pton(AF_INET, address.c_str(), &place.sin_addr) != 1)
        return {};
    const auto type = transport == Transport::tcp ? SOCK_STREAM : SOCK_DGRAM;
    Fd fd(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
    // What waits for the last packets of an old connection is in nobody's way.
    const int yes = 1;
    if (transport == Transport::tcp)
        ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    const auto* const where = reinterpret_cast<const sockaddr*>(&place);
    if (::bind(fd.get(), where, sizeof place) != 0)
        return {};
    // A port on which somebody listens at another address may be bound all the same.
    if (transport == Transport::tcp && ::listen(fd.get(), 1) != 0)
        return {};
    return fd;
}

} // namespace

Fd dial_local(const std::filesystem::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto& text = path.native();
    if (text.size() >= sizeof address.sun_path)
        throw Error(Kind::network, "the path of the socket {} is too long", text);
    std::memcpy(address.sun_path, text.data(), text.size());
    Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto* const where = reinterpret_cast<const sockaddr*>(&address);
    if (::connect(fd.get(), where, sizeof address) != 0)
        throw Error(Kind::network, "cannot connect to {}: {}", text, std::strerror(errno));
    return fd;
}

bool is_free(const std::string& address, int port, Transport transport) {
    return static_cast<bool>(bound(address, port, transport));
}

int free_port() {
    const auto fd = bound("127.0.0.1", 0, Transport::tcp);
    sockaddr_in place{};
    socklen_t size = sizeof place;
    if (!fd || ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&place), &size) != 0)
        throw Error(Kind::internal, "there is no free port: {}", std::strerror(errno));
    return ntohs(place.sin_port);
}

} // namespace orch::net
