#include "lib/net/interfaces.hpp"

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
