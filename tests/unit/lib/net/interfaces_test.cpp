#include "lib/net/interfaces.hpp"
#include "tests/support/loopback.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace net = orch::net;

TEST_CASE("interfaces: the loopback is there, with its network") {
    const auto all = net::interfaces();
    const auto loopback =
        std::find_if(all.begin(), all.end(), [](const auto& each) { return each.loopback; });
    REQUIRE(loopback != all.end());
    CHECK(loopback->address / (1U << 24) == 127);
    CHECK(loopback->prefix == 8);
}

TEST_CASE("interfaces: a free port is the wished one, or another where that is taken") {
    const int free = net::free_port("127.0.0.1", 0);
    CHECK(free > 0);
    CHECK(net::free_port("127.0.0.1", free) == free);
    const auto taken = orch::testing::listen_on_loopback();
    const int other = net::free_port("127.0.0.1", taken.port);
    CHECK(other > 0);
    CHECK(other != taken.port);
}
