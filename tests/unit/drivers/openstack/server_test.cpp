#include "drivers/openstack/server.hpp"
#include "drivers/openstack/wishes.hpp"

#include <doctest/doctest.h>

namespace openstack = orch::drivers::openstack;
using orch::drivers::State;

TEST_CASE("openstack: states") {
    const auto state = [](const char* status) { return openstack::state_of({{"status", status}}); };
    CHECK(state("ACTIVE") == State::running);
    CHECK(state("PAUSED") == State::paused);
    CHECK(state("SUSPENDED") == State::saved);
    CHECK(state("SHUTOFF") == State::stopped);
    CHECK(state("SHELVED_OFFLOADED") == State::stopped);
    CHECK(state("HARD_REBOOT") == State::starting);
    CHECK(state("SOFT_DELETED") == State::not_found);
    CHECK(state("ERROR") == State::error);
    CHECK(state("SOMETHING_NEW") == State::none);
}

TEST_CASE("openstack: who may log in to an image") {
    CHECK(
        openstack::user_of_image({{"os_admin_user", "admin"}, {"os_distro", "debian"}}) == "admin"
    );
    CHECK(openstack::user_of_image({{"os_distro", "ubuntu"}, {"name", "web"}}) == "ubuntu");
    CHECK(openstack::user_of_image({{"name", "Debian 13 trixie"}}) == "debian");
    CHECK(openstack::user_of_image({{"name", "own"}}) == "root");
    CHECK(openstack::user_of_image(nullptr) == "root");
}
