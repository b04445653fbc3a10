// TCP connections that give up in time and let go at once.
#pragma once

#include "lib/base/fd.hpp"

#include <chrono>
#include <stop_token>
#include <string>

namespace orch::net {

/// A connected socket: non-blocking, closed on exec, without Nagle's delay, with keepalive. Tries
/// every address of `host`, a name or a literal (IPv6 with or without brackets). Throws Error:
/// network (refused, unreachable, unknown host), timeout, cancelled.
Fd dial(
    const std::string& host,
    int port,
    std::chrono::milliseconds timeout,
    const std::stop_token& stop
);

/// "host:port", with brackets around an IPv6 address.
std::string endpoint_text(const std::string& host, int port);

} // namespace orch::net
