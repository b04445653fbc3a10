#include "compose/swarm/support.hpp"

#include <doctest/doctest.h>

namespace compose = orch::compose;
namespace swarm = orch::compose::swarm;

namespace {

/// "key!" where the service cannot do without, "key" where it is left out.
std::vector<std::string> of(const compose::Service& service, const char* api_version = "1.41") {
    std::vector<std::string> keys;
    for (const auto& shortcoming : swarm::shortcomings(service, api_version))
        keys.push_back(shortcoming.key + (shortcoming.fatal ? "!" : ""));
    return keys;
}

using Keys = std::vector<std::string>;

compose::Service with_port(const compose::Port& port) {
    compose::Service service;
    service.ports = {port};
    return service;
}

} // namespace

TEST_CASE("support: a plain service has no shortcomings") {
    compose::Service service;
    service.image = "redis";
    service.command = {"redis-server"};
    service.ports = {{.host_port = "80", .container_port = 8000}};
    service.volumes = {{"/srv", "/data", "ro"}, {"", "/cache", "rw"}};
    service.links = {{"db", "db"}};
    service.mem_limit = 1 << 20;
    service.cpu_quota = 50000;
    service.shm_size = 1 << 20;
    service.restart = {.mode = "always"};
    service.cap_add = {"NET_ADMIN"};
    service.ulimits = {{"nofile", {1, 2}}};
    CHECK(of(service).empty());
}

TEST_CASE("support: what a service can never have") {
    compose::Service service;
    service.privileged = true;
    service.devices = {{"/dev/a", "/dev/a"}};
    service.pid = "host";
    service.ipc = "host";
    service.external_links = {{"other_db_1", "db"}};
    service.volumes_from = {{"data", "rw", true}, {"other", "rw", false}};
    service.network = {compose::NetworkMode::Kind::service, "db"};
    CHECK(
        of(service) ==
        Keys{"devices!", "external_links!", "ipc!", "net!", "pid!", "privileged!", "volumes_from!"}
    );
}

TEST_CASE("support: what is left out") {
    compose::Service service;
    service.container_name = "web";
    service.cpu_shares = 512;
    service.cpuset = "0";
    service.cgroup_parent = "m";
    service.mac_address = "02:42:ac:11:65:43";
    service.mem_swappiness = 0;
    service.memswap_limit = -1;
    service.stdin_open = true;
    CHECK(
        of(service) ==
        Keys{
            "cgroup_parent",
            "container_name",
            "cpu_shares",
            "cpuset",
            "mac_address",
            "mem_swappiness",
            "memswap_limit",
            "stdin_open"}
    );
    CHECK(of(service, "1.52").size() == 6);
}

TEST_CASE("support: what older engines drop without a word") {
    compose::Service service;
    service.cap_add = {"NET_ADMIN"};
    service.ulimits = {{"nofile", {1, 2}}};
    service.read_only = true;
    service.stop_signal = "SIGINT";
    service.security_opt = {"no-new-privileges"};
    CHECK(of(service, "1.44").empty());
    CHECK(of(service, "1.41") == Keys{"security_opt!"});
    CHECK(of(service, "1.40") == Keys{"cap_add!", "security_opt!", "ulimits!"});
    CHECK(
        of(service, "1.27") ==
        Keys{"cap_add!", "read_only!", "security_opt!", "stop_signal!", "ulimits!"}
    );
}

TEST_CASE("support: ports and networks") {
    CHECK(of(with_port({.host_ip = "127.0.0.1", .host_port = "80"})) == Keys{"ports!"});
    CHECK(of(with_port({.host_ip = "10.0.0.7", .host_port = "80"})) == Keys{"ports"});
    CHECK(of(with_port({.host_ip = "0.0.0.0", .host_port = "80"})).empty());
    CHECK(of(with_port({.host_port = "8000-8010"})) == Keys{"ports!"});
    CHECK(of(with_port({.host_port = "80", .protocol = "icmp"})) == Keys{"ports!"});
    auto host = with_port({.host_port = "80"});
    host.network = {compose::NetworkMode::Kind::mode, "host"};
    CHECK(of(host) == Keys{"ports"});
    compose::Service none;
    none.network = {compose::NetworkMode::Kind::mode, "none"};
    CHECK(of(none) == Keys{"net!"});
}

TEST_CASE("support: security options") {
    const auto option = [](const char* text) {
        compose::Service service;
        service.security_opt = {text};
        return of(service, "1.44");
    };
    CHECK(option("label:user:x").empty());
    CHECK(option("seccomp=unconfined").empty());
    CHECK(option("apparmor:unconfined").empty());
    CHECK(option("apparmor:my-profile") == Keys{"security_opt!"});
    compose::Service relabelled;
    relabelled.volumes = {{"/a", "/b", "ro,z"}};
    CHECK(of(relabelled) == Keys{"volumes!"});
}
