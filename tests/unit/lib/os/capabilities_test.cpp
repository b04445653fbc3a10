#include "lib/os/capabilities.hpp"

#include <doctest/doctest.h>

namespace os = orch::os;

TEST_CASE("capabilities: bits have the names of linux/capability.h") {
    CHECK(os::capability_names(0).empty());
    CHECK(os::capability_names(1) == std::vector<std::string>{"CHOWN"});
    CHECK(
        os::capability_names(1U << 12 | 1U << 21 | 1U << 24) ==
        std::vector<std::string>{"NET_ADMIN", "SYS_ADMIN", "SYS_RESOURCE"}
    );
    CHECK(os::capability_names(~0ULL).size() == 38);
    CHECK(os::capability_names(~0ULL).back() == "AUDIT_READ");
}

TEST_CASE("capabilities: this process has a bounding set") {
    CHECK(os::bounding_capabilities() != 0);
}
