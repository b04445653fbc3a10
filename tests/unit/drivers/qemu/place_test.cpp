#include "drivers/qemu/place.hpp"
#include "lib/base/error.hpp"
#include "tests/support/fake_world.hpp"
#include "tests/support/loopback.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

namespace qemu = orch::drivers::qemu;

TEST_CASE("qemu place: the port of the last time stays as long as it is free") {
    const auto busy = orch::testing::listen_on_loopback();
    const int idle = orch::testing::refusing_port();
    CHECK(qemu::choose_port(idle, {}, {}) == idle);
    CHECK(qemu::choose_port(idle, {}, {idle}) != idle);
    const int other = qemu::choose_port(busy.port, {}, {});
    CHECK(other != busy.port);
    CHECK(other > 0);
}

TEST_CASE("qemu place: a range that is used up is an error") {
    const auto busy = orch::testing::listen_on_loopback();
    const qemu::PortRange range{busy.port, busy.port};
    CHECK_THROWS_AS(qemu::choose_port(0, range, {}), orch::Error);
    CHECK_THROWS_WITH_AS(
        qemu::require_free({{"127.0.0.1", busy.port, 80, "tcp"}}),
        doctest::String(("port " + std::to_string(busy.port) +
                         " of this computer cannot be published: it is in use")
                            .c_str()),
        orch::Error
    );
    CHECK_NOTHROW(qemu::require_free({{"127.0.0.1", orch::testing::refusing_port(), 80, "tcp"}}));
}

TEST_CASE("qemu place: each store has its group, each of its machines an address") {
    const orch::test::TempDir store;
    orch::test::FakeWorld fake;
    const auto access = [&](const std::string& name) {
        return orch::drivers::Access{
            .world = fake.world,
            .dir = store / "machines" / name,
            .store = store.path(),
            .machine = name};
    };
    CHECK(qemu::cluster_group("/home/a/store") == qemu::cluster_group("/home/a/./store"));
    CHECK(qemu::cluster_group("/home/a/store") != qemu::cluster_group("/home/b/store"));
    CHECK(qemu::cluster_group("/home/a/store").starts_with("239.255."));

    const auto first = qemu::choose_cluster_address(access("one"));
    CHECK(first.starts_with("10.98."));
    CHECK(first.ends_with(".1/24"));
    store.write(
        "machines/one/config.json", "{\"Driver\": {\"ClusterAddress\": \"" + first + "\"}}"
    );
    store.write("machines/broken/config.json", "{");
    CHECK(qemu::choose_cluster_address(access("two")).ends_with(".2/24"));
    // Its own record, of a create that was cut short, is not in its way.
    CHECK(qemu::choose_cluster_address(access("one")) == first);
}

TEST_CASE("qemu place: an address is found by the network card's number") {
    constexpr auto* table =
        "IP address       HW type     Flags       HW address            Mask     Device\n"
        "192.0.2.1        0x1         0x2         02:fc:00:00:00:01     *        eth0\n"
        "192.0.2.9        0x1         0x0         52:54:00:aa:bb:cc     *        br0\n"
        "192.0.2.8        0x1         0x2         52:54:00:AA:BB:CC     *        br0\n";
    CHECK(qemu::neighbour(table, "52:54:00:aa:bb:cc") == "192.0.2.8");
    CHECK_FALSE(qemu::neighbour(table, "52:54:00:00:00:00"));
}

TEST_CASE("qemu place: what is known of the host's keys moves with the port") {
    const std::string before = "[127.0.0.1]:40001 ssh-ed25519 AAAA\n"
                               "[127.0.0.1]:40002 ssh-ed25519 old\n"
                               "[127.0.0.1]:400011 ssh-ed25519 BBBB\n"
                               "web1 ssh-ed25519 CCCC\n";
    CHECK(
        qemu::with_port_moved(before, 40001, 40002) == "[127.0.0.1]:40002 ssh-ed25519 AAAA\n"
                                                       "[127.0.0.1]:400011 ssh-ed25519 BBBB\n"
                                                       "web1 ssh-ed25519 CCCC\n"
    );
    CHECK(qemu::with_port_moved("", 1, 2).empty());
}
