#include "compose/load/values/ports.hpp"

#include "lib/base/text.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <charconv>
#include <optional>

namespace orch::compose::load::values {

namespace {

using Ports = Parsed<std::vector<Port>>;

constexpr int highest_port = 65535;

struct Range {
    int first = 0;
    int last = 0;

    [[nodiscard]] int size() const { return last - first + 1; }
};

std::optional<int> parse_number(std::string_view text) {
    int value = 0;
    const auto* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value);
    const bool good = parsed.ec == std::errc() && parsed.ptr == end && text.front() != '-' &&
                      value <= highest_port;
    return good ? std::optional(value) : std::nullopt;
}

std::optional<Range> parse_range(std::string_view text) {
    const auto dash = text.find('-');
    const auto first = parse_number(text.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : parse_number(text.substr(dash + 1));
    if (!first || !last || *last < *first)
        return std::nullopt;
    return Range{*first, *last};
}

bool is_address(const std::string& text) {
    unsigned char buffer[sizeof(in6_addr)];
    return inet_pton(AF_INET, text.c_str(), buffer) == 1 ||
           inet_pton(AF_INET6, text.c_str(), buffer) == 1;
}

/// The protocol behind the last '/', which `text` loses; empty if it is unknown.
std::string take_protocol(std::string_view& text) {
    const auto slash = text.rfind('/');
    if (slash == std::string_view::npos)
        return "tcp";
    auto protocol = text::lower(text.substr(slash + 1));
    text = text.substr(0, slash);
    return protocol == "tcp" || protocol == "udp" || protocol == "sctp" ? protocol : "";
}

/// What stands before the container's port: "[IP:][HOST[-HOST]]".
struct Outside {
    std::string address;
    std::string_view ports; // may be empty: any
};

std::optional<Outside> parse_outside(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos)
        return Outside{{}, text};
    auto address = text.substr(0, colon);
    if (address.starts_with('[') && address.ends_with(']'))
        address = address.substr(1, address.size() - 2);
    Outside outside{std::string(address), text.substr(colon + 1)};
    return is_address(outside.address) ? std::optional(outside) : std::nullopt;
}

std::string
host_port(std::string_view written, const std::optional<Range>& range, int index, bool single) {
    if (written.empty())
        return {};
    if (single && range->size() > 1)
        return fmt::format("{}-{}", range->first, range->last);
    return std::to_string(range->first + index);
}

} // namespace

Ports parse_ports(std::string_view text) {
    const auto invalid = [text] {
        return Ports::failure(fmt::format(
            "Invalid port \"{}\", should be "
            "[[remote_ip:]remote_port[-remote_port]:]port[/protocol]",
            text
        ));
    };
    auto rest = text;
    const auto protocol = take_protocol(rest);
    const auto colon = rest.rfind(':');
    const auto inside = parse_range(rest.substr(colon == std::string_view::npos ? 0 : colon + 1));
    if (protocol.empty() || !inside || inside->first == 0)
        return invalid();
    Outside outside;
    if (colon != std::string_view::npos) {
        const auto parsed = parse_outside(rest.substr(0, colon));
        if (!parsed || (parsed->address.empty() && parsed->ports.empty()))
            return invalid();
        outside = *parsed;
    }
    const auto published = parse_range(outside.ports);
    if (!outside.ports.empty() && !published)
        return invalid();
    const bool single = inside->size() == 1;
    if (published && !single && published->size() != inside->size())
        return Ports::failure("Port ranges don't match in length");
    Ports result;
    for (int i = 0; i < inside->size(); ++i)
        result.value.push_back(
            {.host_ip = outside.address,
             .host_port = host_port(outside.ports, published, i, single),
             .container_port = inside->first + i,
             .protocol = protocol}
        );
    return result;
}

Ports parse_expose(std::string_view text) {
    auto rest = text;
    const auto protocol = take_protocol(rest);
    const auto range = parse_range(rest);
    if (protocol.empty() || !range || range->first == 0)
        return Ports::failure("should be of the format 'PORT[/PROTOCOL]'");
    Ports result;
    for (int port = range->first; port <= range->last; ++port)
        result.value.push_back(
            {.host_ip = {}, .host_port = {}, .container_port = port, .protocol = protocol}
        );
    return result;
}

std::string port_text(const Port& port) {
    std::string result;
    if (!port.host_ip.empty()) {
        const bool ipv6 = port.host_ip.find(':') != std::string::npos;
        result = ipv6 ? "[" + port.host_ip + "]:" : port.host_ip + ":";
    }
    if (!port.host_port.empty() || !port.host_ip.empty())
        result += port.host_port + ":";
    result += std::to_string(port.container_port);
    return port.protocol == "tcp" ? result : result + "/" + port.protocol;
}

} // namespace orch::compose::load::values
