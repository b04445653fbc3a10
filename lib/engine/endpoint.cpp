#include "lib/engine/endpoint.hpp"

#include "lib/base/error.hpp"

#include <fmt/core.h>

#include <charconv>

namespace orch::engine {

namespace {

constexpr int plain_port = 2375;
constexpr int tls_port = 2376;

constexpr auto* address_hint =
    "DOCKER_HOST looks like unix:///var/run/docker.sock or tcp://192.0.2.7:2376";

Error bad_address(std::string_view docker_host, std::string_view why) {
    return Error(Kind::invalid, "\"{}\" is no address of a Docker engine: {}", docker_host, why)
        .hint("{}", address_hint);
}

int parse_port(std::string_view text, std::string_view docker_host) {
    int port = 0;
    const auto end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, port);
    if (parsed.ec != std::errc() || parsed.ptr != end || port < 1 || port > 65535)
        throw bad_address(docker_host, "its port is not a number from 1 to 65535");
    return port;
}

/// `address` is the part of `docker_host` behind the scheme: "host", "host:port", "[v6]:port".
Endpoint
parse_tcp(std::string_view address, std::string_view docker_host, std::optional<http::Tls> tls) {
    address = address.substr(0, address.find('/'));
    const auto colon = address.rfind(':');
    const bool has_port =
        colon != std::string_view::npos && address.find(']', colon) == std::string_view::npos;
    const auto host = has_port ? address.substr(0, colon) : address;
    if (host.empty())
        throw bad_address(docker_host, "it names no host");
    if (host.find(':') != std::string_view::npos && !host.starts_with('['))
        throw bad_address(docker_host, "an IPv6 address needs brackets around it");
    if (host.find_first_of(" @?#") != std::string_view::npos)
        throw bad_address(docker_host, "its host is no name and no address");
    const int port = has_port ? parse_port(address.substr(colon + 1), docker_host)
                     : tls    ? tls_port
                              : plain_port;
    return {.host = std::string(host), .port = port, .tls = std::move(tls)};
}

} // namespace

std::string Endpoint::url() const {
    if (gate)
        return address;
    return socket.empty() ? fmt::format("tcp://{}:{}", host, port) : "unix://" + socket;
}

Endpoint parse_endpoint(std::string_view docker_host, std::optional<http::Tls> tls) {
    const auto mark = docker_host.find("://");
    const auto scheme = mark == std::string_view::npos ? "tcp" : docker_host.substr(0, mark);
    const auto rest = mark == std::string_view::npos ? docker_host : docker_host.substr(mark + 3);
    if (scheme == "unix") {
        if (!rest.starts_with('/'))
            throw bad_address(docker_host, "the socket's path is not absolute");
        return {.socket = std::string(rest)};
    }
    if (scheme == "ssh" || scheme == "npipe" || scheme == "fd")
        throw Error(
            Kind::unsupported, "\"{}\": engines at {}:// are not supported", docker_host, scheme
        )
            .hint("{}", address_hint);
    if (scheme != "tcp" && scheme != "http" && scheme != "https")
        throw bad_address(docker_host, "it begins with none of unix:// tcp:// http:// https://");
    if (scheme == "https" && !tls)
        tls = http::Tls{};
    return parse_tcp(rest, docker_host, std::move(tls));
}

} // namespace orch::engine
