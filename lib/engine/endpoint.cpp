#include "lib/engine/endpoint.hpp"

#include "lib/base/error.hpp"

#include <fmt/core.h>

#include <charconv>

namespace orch::engine {

namespace {

constexpr int plain_port = 2375;
constexpr int tls_port = 2376;

Error bad_address(std::string_view docker_host, std::string_view why) {
    return Error(Kind::invalid, "\"{}\" is no address of a Docker engine: {}", docker_host, why)
        .hint("DOCKER_HOST looks like unix:///var/run/docker.sock or tcp://192.0.2.7:2376");
}

int parse_port(std::string_view text, std::string_view docker_host) {
    int port = 0;
    const auto end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, port);
    if (parsed.ec != std::errc() || parsed.ptr != end || port < 1 || port > 65535)
        throw bad_address(docker_host, "its port is not a number from 1 to 65535");
    return port;
}

} // namespace

std::string Endpoint::url() const {
    return socket.empty() ? fmt::format("tcp://{}:{}", host, port) : "unix://" + socket;
}

Endpoint parse_endpoint(std::string_view docker_host, std::optional<http::Tls> tls) {
    const auto mark = docker_host.find("://");
    const auto scheme = mark == std::string_view::npos ? "tcp" : docker_host.substr(0, mark);
    auto rest = mark == std::string_view::npos ? docker_host : docker_host.substr(mark + 3);
    if (scheme == "unix") {
        if (!rest.starts_with('/'))
            throw bad_address(docker_host, "the socket's path is not absolute");
        return {.socket = std::string(rest)};
    }
    if (scheme == "ssh" || scheme == "npipe" || scheme == "fd")
        throw Error(
            Kind::unsupported, "engine addresses of the form {}:// are not supported", scheme
        );
    if (scheme != "tcp" && scheme != "http" && scheme != "https")
        throw bad_address(docker_host, "it begins with none of unix:// tcp:// http:// https://");
    rest = rest.substr(0, rest.find('/'));
    const auto colon = rest.rfind(':');
    const bool has_port =
        colon != std::string_view::npos && rest.find(']', colon) == std::string_view::npos;
    const auto host = has_port ? rest.substr(0, colon) : rest;
    if (host.empty())
        throw bad_address(docker_host, "it names no host");
    if (scheme == "https" && !tls)
        tls = http::Tls{};
    const int port = has_port ? parse_port(rest.substr(colon + 1), docker_host)
                     : tls    ? tls_port
                              : plain_port;
    return {.host = std::string(host), .port = port, .tls = std::move(tls)};
}

} // namespace orch::engine
