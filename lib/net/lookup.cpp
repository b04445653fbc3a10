#include "lib/net/lookup.hpp"

#include "lib/base/error.hpp"

#include <array>
#include <memory>
#include <netdb.h>
#include <sys/socket.h>

namespace orch::net {

std::string lookup(const std::string& host) {
    const bool brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
    const auto name = brackets ? host.substr(1, host.size() - 2) : host;
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    const int code = ::getaddrinfo(name.c_str(), nullptr, &hints, &list);
    if (code != 0)
        throw Error(Kind::network, "cannot look up {}: {}", host, ::gai_strerror(code));
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
    const auto* chosen = list;
    for (const auto* entry = list; entry != nullptr; entry = entry->ai_next)
        if (entry->ai_family == AF_INET) {
            chosen = entry;
            break;
        }
    std::array<char, NI_MAXHOST> text{};
    ::getnameinfo(
        chosen->ai_addr, chosen->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST
    );
    return text.data();
}

} // namespace orch::net
