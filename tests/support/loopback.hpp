// TCP listeners on the loopback interface.
#pragma once

#include "lib/base/fd.hpp"

namespace orch::testing {

struct Listener {
    Fd fd; // non-blocking: connections are accepted by the kernel only, unless a test does
    int port = 0;
};

/// On a free port of 127.0.0.1, or of ::1. With a backlog of 0: the first
/// connection succeeds, later ones hang.
Listener listen_on_loopback(bool ipv6 = false);

/// A port of 127.0.0.1 that refuses connections.
int refusing_port();

} // namespace orch::testing
