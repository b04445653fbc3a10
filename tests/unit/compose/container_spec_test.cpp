#include "compose/container_spec.hpp"
#include "compose/hash.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

namespace compose = orch::compose;
using Json = nlohmann::json;

namespace {

const compose::Project project{
    .name = "p", .dir = "/w", .files = {"/w/a.yml", "/w/b.yml"}, .services = {}};

compose::Service service() {
    compose::Service result;
    result.name = "web";
    result.image = "web:1";
    return result;
}

Json body(
    const compose::Service& of,
    const compose::CreateContainer& call = {.service = "web", .number = 2, .name = "p_web_2"},
    const compose::ContainerFacts& facts = {.image = "web:1", .image_id = "sha256:web"}
) {
    return compose::create_body(project, of, call, facts);
}

} // namespace

TEST_CASE("container spec: a service that says nothing sends no value for what it does not say") {
    CHECK(
        body(service()) == Json::parse(
                               R"({
            "Image": "web:1", "Env": [], "ExposedPorts": {}, "Volumes": {},
            "AttachStdin": false, "AttachStdout": false, "AttachStderr": false,
            "StdinOnce": false, "OpenStdin": false, "Tty": false, "NetworkDisabled": false,
            "HostConfig": {
                "Binds": [], "Links": [], "PortBindings": {}, "VolumesFrom": [],
                "LogConfig": {"Type": "", "Config": {}},
                "Privileged": false, "ReadonlyRootfs": false
            },
            "Labels": {
                "com.docker.compose.project": "p",
                "com.docker.compose.service": "web",
                "com.docker.compose.oneoff": "False",
                "com.docker.compose.container-number": "2",
                "com.docker.compose.version": ")" ORCH_VERSION R"(",
                "com.docker.compose.config-hash": ")" +
                               compose::config_hash(service()) + R"(",
                "com.docker.compose.project.working_dir": "/w",
                "com.docker.compose.project.config_files": "/w/a.yml,/w/b.yml",
                "orch.image-id": "sha256:web"
            }
        })"
                           )
    );
}

TEST_CASE("container spec: every key of the file has its place") {
    auto all = service();
    all.command = {"run", "-x"};
    all.entrypoint = {"/init"};
    all.environment = {{"A", "b=c"}, {"BARE", std::nullopt}};
    all.ports = {{"127.0.0.1", "8000", 80, "tcp"}, {"", "", 80, "tcp"}, {"", "53", 53, "udp"}};
    all.expose = {{"", "", 9000, "tcp"}};
    all.hostname = "h";
    all.domainname = "d";
    all.user = "u";
    all.working_dir = "/app";
    all.restart = {"on-failure", 3};
    all.cap_add = {"NET_ADMIN"};
    all.cap_drop = {"MKNOD"};
    all.dns = {"192.0.2.1"};
    all.dns_search = {"example.com"};
    all.extra_hosts = {"a:192.0.2.2"};
    all.security_opt = {"label=disable"};
    all.devices = {{"/dev/null", "/dev/zero", "rwm"}};
    all.ulimits = {{"nofile", {10, 20}}};
    all.cgroup_parent = "/c";
    all.cpuset = "0-1";
    all.ipc = "host";
    all.pid = "host";
    all.log_driver = "syslog";
    all.log_opt = {{"tag", "t"}};
    all.stop_signal = "SIGUSR1";
    all.volume_driver = "flocker";
    all.cpu_shares = 512;
    all.cpu_quota = 50000;
    all.mem_limit = 1 << 20;
    all.memswap_limit = -1;
    all.mem_swappiness = 0;
    all.shm_size = 4096;
    all.privileged = all.read_only = all.stdin_open = all.tty = true;
    const auto sent = body(
        all,
        {.service = "web", .name = "p_web_1", .network_mode = "host", .ipc = "host", .pid = "host"}
    );
    CHECK(sent["Cmd"] == Json({"run", "-x"}));
    CHECK(sent["Entrypoint"] == Json({"/init"}));
    CHECK(sent["Env"] == Json({"A=b=c", "BARE"}));
    CHECK(sent["ExposedPorts"] == Json::parse(R"({"80/tcp": {}, "53/udp": {}, "9000/tcp": {}})"));
    CHECK(sent["Hostname"] == "h");
    CHECK(sent["Domainname"] == "d");
    CHECK(sent["User"] == "u");
    CHECK(sent["WorkingDir"] == "/app");
    CHECK(sent["StopSignal"] == "SIGUSR1");
    CHECK(sent["OpenStdin"] == true);
    CHECK(sent["Tty"] == true);
    CHECK(sent["HostConfig"] == Json::parse(R"({
            "Binds": [], "Links": [], "VolumesFrom": [],
            "PortBindings": {
                "80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8000"},
                           {"HostIp": "", "HostPort": ""}],
                "53/udp": [{"HostIp": "", "HostPort": "53"}]
            },
            "LogConfig": {"Type": "syslog", "Config": {"tag": "t"}},
            "Privileged": true, "ReadonlyRootfs": true, "NetworkMode": "host",
            "IpcMode": "host", "PidMode": "host", "VolumeDriver": "flocker",
            "RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 3},
            "CapAdd": ["NET_ADMIN"], "CapDrop": ["MKNOD"], "Dns": ["192.0.2.1"],
            "DnsSearch": ["example.com"], "ExtraHosts": ["a:192.0.2.2"],
            "SecurityOpt": ["label=disable"], "CgroupParent": "/c", "CpusetCpus": "0-1",
            "CpuShares": 512, "CpuQuota": 50000, "Memory": 1048576, "MemorySwap": -1,
            "MemorySwappiness": 0, "ShmSize": 4096,
            "Devices": [{"PathOnHost": "/dev/null", "PathInContainer": "/dev/zero",
                         "CgroupPermissions": "rwm"}],
            "Ulimits": [{"Name": "nofile", "Soft": 10, "Hard": 20}]
        })"));
}

TEST_CASE("container spec: volumes with a source are bound, carried ones take precedence") {
    auto data = service();
    data.volumes = {{"/srv", "/srv", "ro"}, {"", "/data", "rw"}, {"named", "/named", "rw"}};
    compose::CreateContainer call{.service = "web", .name = "p_web_1"};
    call.carried = {{"aaa", "/data", "rw"}, {"bbb", "/srv", "rw"}};
    call.carried_anonymous = {"aaa", "bbb"};
    const auto sent = body(data, call);
    CHECK(sent["HostConfig"]["Binds"] == Json({"named:/named:rw", "aaa:/data:rw", "bbb:/srv:rw"}));
    CHECK(sent["Volumes"] == Json::parse(R"({"/srv": {}, "/data": {}, "/named": {}})"));
    CHECK(sent["Labels"]["orch.carried-volumes"] == "aaa,bbb");
}

TEST_CASE("container spec: an address belongs to the endpoint where the engine wants it there") {
    auto fixed = service();
    fixed.mac_address = "02:00:00:00:00:01";
    CHECK(body(fixed)["MacAddress"] == fixed.mac_address);
    const auto sent = body(
        fixed, {.service = "web", .name = "p_web_1"}, {.image = "web:1", .endpoint_mac = true}
    );
    CHECK_FALSE(sent.contains("MacAddress"));
    CHECK(sent["NetworkingConfig"]["EndpointsConfig"]["bridge"]["MacAddress"] == fixed.mac_address);
}

TEST_CASE("container spec: links on a network of its own belong to the endpoint") {
    compose::CreateContainer call{.service = "web", .name = "p_web_1"};
    call.links = {{"p_db_1", "db"}};
    CHECK(body(service(), call)["HostConfig"]["Links"] == Json({"p_db_1:db"}));
    call.network_mode = "backend";
    const auto sent = body(service(), call);
    CHECK(sent["HostConfig"]["Links"].empty());
    CHECK(sent["NetworkingConfig"]["EndpointsConfig"]["backend"]["Links"] == Json({"p_db_1:db"}));
}

TEST_CASE("container spec: labels of the user stay, except where ours have the same name") {
    auto labelled = service();
    labelled.labels = {{"mine", "1"}, {"com.docker.compose.project", "other"}};
    const auto sent = body(labelled)["Labels"];
    CHECK(sent["mine"] == "1");
    CHECK(sent["com.docker.compose.project"] == "p");
}

TEST_CASE("container spec: the file is stronger than a link's variables") {
    auto linked = service();
    linked.environment = {{"DB_NAME", "mine"}};
    compose::ContainerFacts facts{.image = "web:1"};
    facts.link_variables = {{"DB_NAME", "/p_web_1/db"}, {"DB_PORT", "tcp://192.0.2.1:1"}};
    facts.depends_on = {"id1", "id2"};
    const auto sent = body(linked, {.service = "web", .name = "p_web_1"}, facts);
    CHECK(sent["Env"] == Json({"DB_NAME=mine", "DB_PORT=tcp://192.0.2.1:1"}));
    CHECK(sent["Labels"]["orch.depends-on"] == "id1,id2");
}
