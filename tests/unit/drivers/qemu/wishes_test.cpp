#include "drivers/qemu/wishes.hpp"
#include "lib/base/error.hpp"
#include "tests/support/error_of.hpp"
#include "tests/unit/drivers/qemu/scene.hpp"

#include <doctest/doctest.h>

namespace qemu = orch::drivers::qemu;

namespace {

struct Scene : orch::test::QemuScene {
    /// What is wrong with these options; empty: nothing.
    [[nodiscard]] std::string complaint(const std::map<std::string, std::string>& given) const {
        try {
            qemu::read_wishes(request(given));
            return {};
        } catch (const orch::Error& error) {
            CHECK(error.kind() == orch::Kind::usage);
            return error.message();
        }
    }
};

} // namespace

TEST_CASE("qemu wishes: ports to publish, as they are written and written again") {
    CHECK(qemu::parse_publish("8080:80") == qemu::Publish{"", 8080, 80, "tcp"});
    CHECK(
        qemu::parse_publish("127.0.0.1:53:5353/udp") == qemu::Publish{"127.0.0.1", 53, 5353, "udp"}
    );
    CHECK(qemu::publish_text({"", 8080, 80, "tcp"}) == "8080:80/tcp");
    for (const auto* wrong :
         {"80", "80:", ":80", "0:80", "80:70000", "a:b", "localhost:80:80", "1:2/x", "1:2:3:4"}) {
        CAPTURE(wrong);
        CHECK_THROWS_AS(qemu::parse_publish(wrong), orch::Error);
    }
}

TEST_CASE("qemu wishes: a range has two ports at least") {
    CHECK(qemu::parse_range("") == qemu::PortRange{});
    CHECK(qemu::parse_range("40000-40001") == qemu::PortRange{40000, 40001});
    CHECK(qemu::range_text({40000, 40001}) == "40000-40001");
    CHECK(qemu::range_text({}).empty());
    for (const auto* wrong : {"40000", "40001-40000", "7-7", "a-b", "1-2-3", "1-65536"}) {
        CAPTURE(wrong);
        CHECK_THROWS_AS(qemu::parse_range(wrong), orch::Error);
    }
}

TEST_CASE_FIXTURE(Scene, "qemu wishes: what a user leaves alone is good") {
    const auto wishes = qemu::read_wishes(request());
    CHECK(wishes.memory == 2048);
    CHECK(wishes.cpus == 2);
    CHECK(wishes.network == "user");
    CHECK(wishes.user == "orch");
    CHECK_FALSE(wishes.cluster);
    CHECK(qemu::read_wishes(request({{"qemu-cpu-count", "-1"}})).cpus >= 1);
}

TEST_CASE_FIXTURE(Scene, "qemu wishes: machines of a swarm get a network with each other") {
    auto wish = request();
    wish.swarm_discovery = "token://1234";
    CHECK(qemu::read_wishes(wish).cluster);
    wish = request({{"qemu-cluster", "off"}});
    wish.swarm_discovery = "token://1234";
    CHECK_FALSE(qemu::read_wishes(wish).cluster);
    CHECK(qemu::read_wishes(request({{"qemu-cluster", "on"}})).cluster);
}

TEST_CASE_FIXTURE(Scene, "qemu wishes: each wrong one is named") {
    CHECK(complaint({}).empty());
    CHECK(
        complaint({{"qemu-memory", "100"}}) == "--qemu-memory takes a number from 256 on, not 100"
    );
    CHECK(complaint({{"qemu-disk-size", "0"}}).starts_with("--qemu-disk-size takes"));
    CHECK(complaint({{"qemu-cpu-count", "0"}}).starts_with("--qemu-cpu-count takes"));
    CHECK(complaint({{"qemu-ssh-user", "a b"}}).starts_with("--qemu-ssh-user takes"));
    CHECK(
        complaint({{"qemu-userdata", "/nonexistent"}}) ==
        "--qemu-userdata: there is no file /nonexistent"
    );
    CHECK(complaint({{"qemu-network-address", "192.0.2.7/24"}}
    ).starts_with("--qemu-network-address needs"));
    CHECK(complaint({{"qemu-network-gateway", "192.0.2.1"}}
    ).starts_with("--qemu-network-gateway needs --qemu-network-address"));
    const std::map<std::string, std::string> bridged{
        {"qemu-network", "bridge"}, {"qemu-network-address", "192.0.2.7"}};
    CHECK(complaint(bridged).starts_with("--qemu-network-address takes ADDRESS/PREFIX"));
    CHECK(
        complaint({{"qemu-publish", "80:80,127.0.0.1:80:81"}}) ==
        "--qemu-publish names port 80 twice"
    );
    CHECK(complaint({{"qemu-publish", "127.0.0.2:80:80,127.0.0.1:80:81"}}).empty());
    CHECK(complaint({{"qemu-boot2docker-url", "/x.iso"}, {"qemu-cluster", "on"}}
    ).starts_with("--qemu-boot2docker-url does not go with"));
    CHECK(complaint({{"qemu-boot2docker-url", "/x.iso"}, {"qemu-userdata", image.string()}}
    ).starts_with("--qemu-userdata needs"));
}
