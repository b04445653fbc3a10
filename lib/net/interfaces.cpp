#include "lib/net/interfaces.hpp"

#include "lib/base/error.hpp"

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

} // namespace orch::net
