#include "lib/net/interfaces.hpp"

#include "lib/base/error.hpp"
#include "lib/base/fd.hpp"

#include <ifaddrs.h>
#include <net/if.h>

#include <arpa/inet.h>
#include <bit>
#include <cerrno>
#include <cstring>
#include <memory>
#include <netinet/in.h>
#include <sys/socket.h>

namespace orch::net {

namespace {

/// The address of a sockaddr of family AF_INET.
std::uint32_t ipv4(const sockaddr* any) {
    sockaddr_in address{};
    std::memcpy(&address, any, sizeof address);
    return ntohl(address.sin_addr.s_addr);
}

/// The port that could be bound; 0 if `port` is taken.
int try_bind(const std::string& address, int port) {
    const Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in local{};
    local.sin_family = AF_INET;
    local.sin_port = htons(static_cast<std::uint16_t>(port));
    ::inet_pton(AF_INET, address.c_str(), &local.sin_addr);
    sockaddr any{};
    static_assert(sizeof any == sizeof local);
    std::memcpy(&any, &local, sizeof any);
    socklen_t size = sizeof any;
    if (!fd || ::bind(fd.get(), &any, size) != 0 || ::listen(fd.get(), 1) != 0 ||
        ::getsockname(fd.get(), &any, &size) != 0)
        return 0;
    std::memcpy(&local, &any, sizeof local);
    return ntohs(local.sin_port);
}

} // namespace

std::vector<Interface> interfaces() {
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0)
        throw Error(Kind::internal, "cannot list the network interfaces: {}", std::strerror(errno));
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, &::freeifaddrs);
    std::vector<Interface> found;
    for (const auto* each = list; each != nullptr; each = each->ifa_next) {
        if (each->ifa_addr == nullptr || each->ifa_addr->sa_family != AF_INET ||
            each->ifa_netmask == nullptr || (each->ifa_flags & IFF_UP) == 0)
            continue;
        found.push_back({
            .name = each->ifa_name,
            .address = ipv4(each->ifa_addr),
            .prefix = std::popcount(ipv4(each->ifa_netmask)),
            .loopback = (each->ifa_flags & IFF_LOOPBACK) != 0,
        });
    }
    return found;
}

int free_port(const std::string& address, int wish) {
    const int port = wish == 0 ? 0 : try_bind(address, wish);
    const int chosen = port == 0 ? try_bind(address, 0) : port;
    if (chosen == 0)
        throw Error(Kind::internal, "no port is free at {}: {}", address, std::strerror(errno));
    return chosen;
}

} // namespace orch::net
