#include "compose/hash.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

namespace compose = orch::compose;

namespace {

compose::Service web() {
    compose::Service service;
    service.name = "web";
    service.image = "web:1";
    service.ports = {{"", "80", 80, "tcp"}, {"", "443", 443, "tcp"}};
    service.volumes = {{"/srv", "/srv", "ro"}, {"", "/data", "rw"}};
    service.links = {{"db", "db"}, {"cache", "cache"}};
    service.dns = {"192.0.2.1", "192.0.2.2"};
    service.environment = {{"A", "1"}, {"B", std::nullopt}};
    return service;
}

} // namespace

TEST_CASE("hash: is 64 hexadecimal digits and stays the same") {
    // A change of this value makes every container of every user be recreated once.
    CHECK(
        compose::config_hash(web()) ==
        "aec927c64345a3402406d8a902b6a236442654ba8f447d88a3d26e1057b794fc"
    );
}

TEST_CASE("hash: the name of a service and its place in the file do not count") {
    auto other = web();
    other.name = "www";
    other.mark.line = 99;
    CHECK(compose::config_hash(other) == compose::config_hash(web()));
}

TEST_CASE("hash: order counts only where it means something") {
    auto other = web();
    std::swap(other.ports[0], other.ports[1]);
    std::swap(other.volumes[0], other.volumes[1]);
    std::swap(other.links[0], other.links[1]);
    CHECK(compose::config_hash(other) == compose::config_hash(web()));
    std::swap(other.dns[0], other.dns[1]);
    CHECK(compose::config_hash(other) != compose::config_hash(web()));
}

TEST_CASE("hash: an empty command is not the command of the image") {
    auto other = web();
    other.command.emplace();
    CHECK(compose::config_hash(other) != compose::config_hash(web()));
}

TEST_CASE("hash: a variable without a value is not an empty one") {
    auto other = web();
    other.environment["B"] = "";
    CHECK(compose::config_hash(other) != compose::config_hash(web()));
}

TEST_CASE("hash: a limit of zero is not the absence of a limit") {
    auto other = web();
    other.mem_swappiness = 0;
    CHECK(compose::config_hash(other) != compose::config_hash(web()));
}

TEST_CASE("hash: what was not given is absent from the canonical form") {
    compose::Service service;
    service.name = "db";
    service.image = "redis";
    CHECK(compose::canonical_form(service).dump() == R"({"image":"redis","scheme":1})");
}

TEST_CASE("hash: bytes that are not UTF-8 are hashed, too") {
    auto other = web();
    other.environment["A"] = "\xff";
    CHECK(compose::config_hash(other).size() == 64);
}
