#include "compose/swarm/service_spec.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

namespace compose = orch::compose;
namespace swarm = orch::compose::swarm;

using Json = nlohmann::json;

namespace {

compose::Service named(const char* name) {
    compose::Service service;
    service.name = name;
    service.image = "busybox";
    return service;
}

Json spec_of(
    const compose::Service& service,
    const swarm::SpecFacts& facts = {.image = "busybox", .network = "n1"},
    std::vector<compose::Service> others = {}
) {
    compose::Project project{.name = "shop", .dir = "/shop", .services = std::move(others)};
    project.services.push_back(service);
    return swarm::service_spec(project, service, facts);
}

Json container_of(const compose::Service& service, std::vector<compose::Service> others = {}) {
    return spec_of(
        service, {.image = "busybox", .network = "n1"}, std::move(others)
    )["TaskTemplate"]["ContainerSpec"];
}

bool has(const Json& list, const Json& item) {
    return std::find(list.begin(), list.end(), item) != list.end();
}

} // namespace

TEST_CASE("service spec: the smallest one") {
    const auto spec = spec_of(named("web"));
    CHECK(spec["Name"] == "shop_web");
    CHECK(spec["Labels"]["com.docker.stack.namespace"] == "shop");
    CHECK(spec["Labels"]["com.docker.stack.image"] == "busybox");
    CHECK(spec["Mode"]["Replicated"]["Replicas"] == 1);
    CHECK(spec["EndpointSpec"] == Json::parse(R"({"Mode": "dnsrr", "Ports": []})"));
    const auto& task = spec["TaskTemplate"];
    CHECK(task["RestartPolicy"]["Condition"] == "none");
    CHECK(
        task["Networks"] ==
        Json::parse(R"([{"Target": "n1", "Aliases": ["shop_web_1", "web", "web_1"]}])")
    );
    CHECK(task["ContainerSpec"]["Labels"]["com.docker.compose.service"] == "web");
    CHECK_FALSE(task["ContainerSpec"].contains("Args"));
    CHECK_FALSE(task.contains("Resources"));
}

TEST_CASE("service spec: command, entrypoint and the words about the process") {
    auto web = named("web");
    web.command = {"-d", "1"};
    web.entrypoint = {"top"};
    web.user = "nobody";
    web.working_dir = "/srv";
    web.hostname = "foo";
    web.domainname = "example.com";
    web.stop_signal = "SIGINT";
    web.tty = true;
    web.read_only = true;
    const auto container = container_of(web);
    CHECK(container["Command"] == Json{"top"});
    CHECK(container["Args"] == Json{"-d", "1"});
    CHECK(container["User"] == "nobody");
    CHECK(container["Dir"] == "/srv");
    CHECK(container["Hostname"] == "foo.example.com");
    CHECK(container["StopSignal"] == "SIGINT");
    CHECK(container["TTY"] == true);
    CHECK(container["ReadOnly"] == true);
}

TEST_CASE("service spec: braces in values are no templates") {
    auto web = named("web");
    web.environment = {{"A", "{{.Node.Hostname}}"}, {"B", std::nullopt}};
    web.labels = {{"format", "{{.x}}"}}; // labels are not expanded
    const auto container = container_of(web);
    CHECK(container["Env"] == Json{R"(A={{"{{"}}.Node.Hostname}})", "B"});
    CHECK(container["Labels"]["format"] == "{{.x}}");
}

TEST_CASE("service spec: links are aliases and variables") {
    auto db = named("db");
    db.expose = {{.container_port = 6379}};
    db.environment = {{"PASSWORD", "x"}};
    auto web = named("web");
    web.links = {{"db", "database"}};
    web.environment = {{"DATABASE_NAME", "mine"}};
    const auto env = container_of(web, {db})["Env"];
    CHECK(has(env, "DATABASE_NAME=mine"));
    CHECK(has(env, "DATABASE_PORT=tcp://database:6379"));
    CHECK(has(env, "DATABASE_PORT_6379_TCP_ADDR=database"));
    CHECK(has(env, "DATABASE_ENV_PASSWORD=x"));
    CHECK(has(env, "DB_1_PORT_6379_TCP_PORT=6379"));
    CHECK(has(env, "SHOP_DB_1_NAME=/shop_web_1/shop_db_1"));
    const auto target = spec_of(db, {.network = "n1", .replicas = 2}, {web});
    CHECK(target["TaskTemplate"]["Networks"][0]["Aliases"] == Json{"database", "db"});
    db.container_name = "store"; // under which containers of a network find it
    const auto single = spec_of(db, {.network = "n1"})["TaskTemplate"]["Networks"][0]["Aliases"];
    CHECK(single == Json{"db", "db_1", "shop_db_1", "store"});
}

TEST_CASE("service spec: ports that an image declares count for links") {
    auto web = named("web");
    web.links = {{"db", "db"}};
    const auto spec =
        spec_of(web, {.network = "n1", .image_ports = {{"db", {"27017/tcp"}}}}, {named("db")});
    CHECK(has(spec["TaskTemplate"]["ContainerSpec"]["Env"], "DB_PORT=tcp://db:27017"));
}

TEST_CASE("service spec: volumes") {
    auto web = named("web");
    web.volumes = {
        {"/srv", "/a", "ro"},
        {"logs", "/b", "rw"},
        {"", "/c", "rw"},
        {"x", "/d", "nocopy"},
        {"/m", "/e", "rshared"}};
    const auto mounts = container_of(web)["Mounts"];
    CHECK(
        mounts[0] ==
        Json::parse(R"({"Type": "bind", "Source": "/srv", "Target": "/a", "ReadOnly": true})")
    );
    CHECK(mounts[1] == Json::parse(R"({"Type": "volume", "Source": "logs", "Target": "/b"})"));
    CHECK(mounts[2]["Source"].get<std::string>().starts_with("shop_web_"));
    CHECK(mounts[3]["VolumeOptions"]["NoCopy"] == true);
    CHECK(mounts[4]["BindOptions"]["Propagation"] == "rshared");
}

TEST_CASE("service spec: volumes_from takes over what a chain of services mounts") {
    auto data = named("data");
    data.volumes = {{"", "/data", "rw"}, {"/host", "/host", "rw"}};
    auto db = named("db");
    db.volumes_from = {{"data", "ro", true}};
    db.volumes = {{"", "/own", "rw"}};
    auto web = named("web");
    web.volumes_from = {{"db", "rw", true}};
    web.volumes = {{"/mine", "/host", "rw"}};
    const auto mounts = container_of(web, {data, db})["Mounts"];
    REQUIRE(mounts.size() == 3);
    CHECK(mounts[0]["Source"] == "/mine"); // its own one counts
    CHECK(mounts[1]["Target"] == "/own");
    CHECK_FALSE(mounts[1].contains("ReadOnly"));
    CHECK(mounts[2]["Target"] == "/data");
    CHECK(mounts[2]["ReadOnly"] == true);
    CHECK(mounts[2]["Source"] == container_of(data)["Mounts"][0]["Source"]);
}

TEST_CASE("service spec: limits, restart and logging") {
    auto web = named("web");
    web.mem_limit = 64 << 20;
    web.cpu_quota = 50'000;
    web.shm_size = 1 << 20;
    web.restart = {.mode = "on-failure", .max_retries = 3};
    web.log_driver = "json-file";
    web.log_opt = {{"max-size", "1m"}};
    const auto task = spec_of(web)["TaskTemplate"];
    CHECK(task["Resources"]["Limits"]["MemoryBytes"] == 64 << 20);
    CHECK(task["Resources"]["Limits"]["NanoCPUs"] == 500'000'000);
    CHECK(task["RestartPolicy"] == Json::parse(R"({"Condition": "on-failure", "MaxAttempts": 3})"));
    CHECK(task["LogDriver"]["Options"]["max-size"] == "1m");
    CHECK(task["ContainerSpec"]["Mounts"][0]["TmpfsOptions"]["SizeBytes"] == 1 << 20);
    web.restart = {.mode = "unless-stopped"};
    CHECK(spec_of(web)["TaskTemplate"]["RestartPolicy"]["Condition"] == "any");
}

TEST_CASE("service spec: hosts, names and privileges") {
    auto web = named("web");
    web.extra_hosts = {"db:10.0.0.7", "v6:fd00::1"};
    web.dns = {"9.9.9.9"};
    web.dns_search = {"example.com"};
    web.cap_add = {"NET_ADMIN"};
    web.ulimits = {{"nofile", {1, 2}}};
    web.security_opt = {"no-new-privileges", "label:type:t", "seccomp={}", "apparmor=unconfined"};
    const auto container = container_of(web);
    CHECK(container["Hosts"] == Json{"10.0.0.7 db", "fd00::1 v6"});
    CHECK(container["DNSConfig"]["Nameservers"] == Json{"9.9.9.9"});
    CHECK(container["DNSConfig"]["Search"] == Json{"example.com"});
    CHECK(container["CapabilityAdd"] == Json{"NET_ADMIN"});
    CHECK(container["Ulimits"][0]["Hard"] == 2);
    const auto& privileges = container["Privileges"];
    CHECK(privileges["NoNewPrivileges"] == true);
    CHECK(privileges["SELinuxContext"]["Type"] == "t");
    CHECK(privileges["Seccomp"] == Json::parse(R"({"Mode": "custom", "Profile": "e30="})"));
    CHECK(privileges["AppArmor"]["Mode"] == "disabled");
}

TEST_CASE("service spec: ports are published on the node") {
    auto web = named("web");
    web.ports = {
        {.host_port = "8080", .container_port = 80}, {.container_port = 53, .protocol = "udp"}};
    CHECK(
        spec_of(web)["EndpointSpec"]["Ports"] ==
        Json::parse(R"([{"Protocol": "tcp", "TargetPort": 80, "PublishedPort": 8080,
            "PublishMode": "host"}, {"Protocol": "udp", "TargetPort": 53, "PublishMode": "host"}])")
    );
    web.network = {compose::NetworkMode::Kind::mode, "host"};
    const auto spec = spec_of(web);
    CHECK(spec["EndpointSpec"]["Ports"].empty());
    CHECK(spec["TaskTemplate"]["Networks"] == Json::parse(R"([{"Target": "host"}])"));
}

TEST_CASE("service spec: the place") {
    const auto placement = spec_of(
        named("web"),
        {.network = "n1",
         .replicas = 2,
         .place =
             {.service = "web",
              .constraints = {"node.labels.a==1"},
              .at_first = {"node.id==x"},
              .max_replicas = 1}}
    )["TaskTemplate"]["Placement"];
    CHECK(placement["Constraints"] == Json{"node.labels.a==1", "node.id==x"});
    CHECK(placement["MaxReplicas"] == 1);
}
