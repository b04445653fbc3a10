#include "drivers/openstack/openstack.hpp"
#include "lib/fs/files.hpp"
#include "tests/unit/drivers/openstack/scene.hpp"

namespace drivers = orch::drivers;
namespace openstack = orch::drivers::openstack;
using drivers::Power;
using drivers::State;
using orch::Kind;
using orch::test::error_of;
using Scene = orch::test::OpenStackScene;
using Json = nlohmann::json;

namespace {

using Given = std::map<std::string, std::string>;

struct Machine : Scene {
    drivers::Record record{
        {"AuthUrl", "https://cloud.test/identity"},
        {"Username", "u"},
        {"Password", "p"},
        {"TenantName", "t"},
        {"MachineName", "web1"},
        {"MachineId", "s1"},
        {"KeyPairName", "web1-0123"},
        {"ExistingKey", false},
        {"FloatingIpPool", ""},
        {"FromTheFuture", 7}};

    orch::Error refused(Given given, const drivers::Request& like = {}) {
        auto request = like;
        request.values = values(std::move(given));
        return error_of([&] { driver().check(request, job); });
    }

    void say_server(const std::string& status, Json more = Json::object()) {
        Json server{{"id", "s1"}, {"name", "web1"}, {"status", status}, {"addresses", addresses()}};
        server.update(more);
        answers.erase("GET /compute/v2.1/servers/s1");
        say("GET /compute/v2.1/servers/s1", {{"server", server}});
    }

    static Json addresses() {
        const auto address = [](const char* addr, int version, const char* type) {
            return Json{{"addr", addr}, {"version", version}, {"OS-EXT-IPS:type", type}};
        };
        return {
            {"net",
             {address("10.0.0.5", 4, "fixed"),
              address("2001:db8::5", 6, "fixed"),
              address("203.0.113.5", 4, "floating")}}};
    }

    /// What create() asks for besides furnish().
    void furnish_creation() {
        furnish();
        say("POST /compute/v2.1/os-keypairs", {{"keypair", {{"name", "k"}}}});
        say("POST /compute/v2.1/servers", {{"server", {{"id", "s1"}}}}, 202);
        say_server("ACTIVE");
    }

    drivers::Record create(Given given, drivers::Request request = {}) {
        request.values = values(std::move(given));
        return driver().create(
            request, [&](const drivers::Record& each) { saved.push_back(each); }, job
        );
    }

    std::vector<drivers::Record> saved;
};

} // namespace

TEST_CASE_FIXTURE(
    Machine, "openstack: wishes that cannot be are refused before anything is asked"
) {
    CHECK(
        refused({{"openstack-flavor-name", ""}}).message() ==
        "Flavor name or Flavor id must be specified using the CLI option --openstack-flavor-name "
        "or --openstack-flavor-id"
    );
    CHECK(
        refused({{"openstack-image-id", "i1"}}).message() ==
        "Either Image name or Image id must be specified, not both"
    );
    CHECK(
        refused({{"openstack-keypair-name", "k"}}).message() ==
        "Both KeyPairName and PrivateKeyFile must be specified"
    );
    CHECK(refused({{"openstack-nova-network", "true"}}).kind() == Kind::unsupported);
    CHECK(refused({{"openstack-ip-version", "5"}}).kind() == Kind::usage);
    CHECK(refused({{"openstack-metadata", "a,b,c"}}).kind() == Kind::usage);
    CHECK(refused({{"openstack-open-port", "80"}}).kind() == Kind::usage);
    CHECK(refused({{"openstack-volume-size", "9"}}).kind() == Kind::usage);
    CHECK(asked.empty());
}

TEST_CASE_FIXTURE(Machine, "openstack: the check asks, and makes nothing") {
    furnish();
    CHECK(refused({}).message() == "nothing was thrown");
    for (const auto& each : asked)
        CHECK((each.request.method == "GET" || each.line == "POST /identity/v3/auth/tokens"));
    CHECK(
        refused({{"openstack-flavor-name", "huge"}}).message() == "Unable to find flavor named huge"
    );
    answers["GET /image/v2/images?name=debian-13&status=active&sort=created_at:desc"] = {
        {200, {}, R"({"images": []})"}};
    CHECK(refused({}).message() == "Unable to find image named debian-13");
}

TEST_CASE_FIXTURE(Machine, "openstack: images of today are proposed where none is named") {
    furnish();
    say("GET /image/v2/images?status=active&sort=created_at:desc",
        {{"images",
          {{{"name", "Debian 13"}, {"os_distro", "debian"}},
           {{"name", "ubuntu-24.04"}},
           {{"name", nullptr}},
           {{"name", "windows"}, {"os_distro", "windows"}}}}});
    const auto error = refused({{"openstack-image-name", ""}});
    CHECK(error.message().starts_with("Image name or Image id must be specified"));
    CHECK(error.hint() == "the project has these of Debian and Ubuntu: ubuntu-24.04, Debian 13");
}

TEST_CASE_FIXTURE(Machine, "openstack: quota, size, name and networks are looked at before") {
    furnish();
    answers["GET /compute/v2.1/limits"] = {
        {200, {}, R"({"limits": {"absolute": {"maxTotalInstances": 10, "totalInstancesUsed": 3,
                     "maxTotalRAMSize": 4096, "totalRAMUsed": 3000}}})"}};
    CHECK(
        refused({}).message() ==
        "openstack: the quota of the project is 4096 MB of memory; 3000 are used and 2048 more are "
        "needed"
    );
    answers["GET /compute/v2.1/servers/detail?name=%5Eweb1%24"] = {
        {200, {}, R"({"servers": [{"id": "s9", "name": "web1", "status": "ACTIVE"}]})"}};
    CHECK(refused({}).kind() == Kind::conflict);
    answers["GET /network/v2.0/networks?router:external=false"] = {
        {200,
         {},
         R"({"networks": [{"name": "a", "project_id": "p1"}, {"name": "b", "project_id": "p1"},
                                   {"name": "c", "project_id": "p2"}]})"}};
    CHECK(refused({}).hint() == "name one with --openstack-net-name: a, b");
    answers["GET /image/v2/images?name=debian-13&status=active&sort=created_at:desc"] = {
        {200, {}, R"({"images": [{"id": "i1", "name": "debian-13", "min_disk": 30}]})"}};
    CHECK(refused({}).kind() == Kind::invalid);
}

TEST_CASE_FIXTURE(Machine, "openstack: what a server is made of") {
    furnish_creation();
    const auto file = dir.write("data", "#cloud-config\n").string();
    const auto made = create(
        {{"openstack-metadata", "role,web"},
         {"openstack-user-data-file", file},
         {"openstack-config-drive", "true"}}
    );
    const auto server = sent("POST /compute/v2.1/servers").at("server");
    const auto mark = made["CreateMark"].get<std::string>();
    CHECK(server["name"] == "web1");
    CHECK(server["flavorRef"] == "f1");
    CHECK(server["imageRef"] == "i1");
    CHECK(server["key_name"] == "web1-" + mark);
    CHECK(server["user_data"] == "I2Nsb3VkLWNvbmZpZwo=");
    CHECK(server["config_drive"] == true);
    CHECK(
        server["metadata"] ==
        Json{{"orch", "1"}, {"orch-machine", "web1"}, {"orch-create", mark}, {"role", "web"}}
    );
    for (const auto* absent : {"networks", "security_groups", "availability_zone"})
        CHECK_FALSE(server.contains(absent));
    CHECK(made["SSHUser"] == "debian");
    CHECK(made["IPAddress"] == "10.0.0.5");
    CHECK(made["MachineId"] == "s1");
    CHECK(made["UserData"] == "I2Nsb3VkLWNvbmZpZwo=");
    REQUIRE_FALSE(saved.empty());
    CHECK(saved.front()["CreateMark"] == mark);
    CHECK(saved.front()["MachineId"] == "");
    CHECK(made.dump().find("the-password") == std::string::npos);
    CHECK(orch::fs::read_file(dir / "credentials.json").find("the-password") != std::string::npos);
}

TEST_CASE_FIXTURE(Machine, "openstack: a disk that is a volume") {
    furnish_creation();
    create(
        {{"openstack-boot-from-volume", "true"},
         {"openstack-volume-size", "30"},
         {"openstack-volume-type", "ssd"}}
    );
    const auto server = sent("POST /compute/v2.1/servers").at("server");
    CHECK_FALSE(server.contains("imageRef"));
    CHECK(
        server["block_device_mapping_v2"] == Json::array(
                                                 {{{"boot_index", 0},
                                                   {"source_type", "image"},
                                                   {"destination_type", "volume"},
                                                   {"uuid", "i1"},
                                                   {"volume_size", 30},
                                                   {"volume_type", "ssd"},
                                                   {"delete_on_termination", true}}}
                                             )
    );
    CHECK(server["networks"] == "auto");
    const auto& last = asked.back().request.headers;
    CHECK_FALSE(last.contains("OpenStack-API-Version"));
    for (const auto& each : asked)
        if (each.line == "POST /compute/v2.1/servers")
            CHECK(each.request.headers.at("OpenStack-API-Version") == "compute 2.67");
}

TEST_CASE_FIXTURE(
    Machine, "openstack: a security group of the machine, one for all swarms' nodes"
) {
    furnish_creation();
    http.handler = [serve = http.handler](const orch::http::Request& request) {
        if (request.method == "GET" &&
            request.url.find("/security-groups?name=") != std::string::npos)
            return orch::http::Response{200, {}, R"({"security_groups": []})"};
        return serve(request);
    };
    say("POST /network/v2.0/security-groups", {{"security_group", {{"id", "own"}}}}, 201);
    say("POST /network/v2.0/security-groups", {{"security_group", {{"id", "all"}}}}, 201);
    say("POST /network/v2.0/security-group-rules", {{"security_group_rule", Json::object()}}, 201);
    say("POST /network/v2.0/security-group-rules",
        {{"NeutronError", {{"type", "SecurityGroupRuleExists"}}}},
        409);
    drivers::Request request;
    request.swarm_discovery = "token://x";
    create(
        {{"openstack-sec-group-create", "true"},
         {"openstack-open-port", "53/udp"},
         {"openstack-open-cidr", "198.51.100.0/24"}},
        request
    );
    CHECK(
        sent("POST /compute/v2.1/servers")["server"]["security_groups"] ==
        Json{{{"name", "own"}}, {{"name", "all"}}}
    );
    std::vector<std::string> rules;
    for (const auto& each : asked)
        if (each.line == "POST /network/v2.0/security-group-rules") {
            const auto rule = Json::parse(each.request.body)["security_group_rule"];
            rules.push_back(fmt::format(
                "{} {}/{} {}{}",
                rule["security_group_id"].get<std::string>(),
                rule["port_range_min"].get<int>(),
                rule["protocol"].get<std::string>(),
                rule.value("remote_ip_prefix", ""),
                rule.value("remote_group_id", "") + (rule["ethertype"] == "IPv6" ? " 6" : "")
            ));
        }
    CHECK(
        rules ==
        std::vector<std::string>{
            "own 22/tcp 198.51.100.0/24",
            "own 2376/tcp 198.51.100.0/24",
            "own 53/udp 198.51.100.0/24",
            "all 2377/tcp all",
            "all 2377/tcp all 6",
            "all 7946/tcp all",
            "all 7946/tcp all 6",
            "all 7946/udp all",
            "all 7946/udp all 6",
            "all 4789/udp all",
            "all 4789/udp all 6"}
    );
}

TEST_CASE_FIXTURE(
    Machine, "openstack: a floating IP address; a spare one where the quota is full"
) {
    furnish_creation();
    say("GET /network/v2.0/networks?router:external=true",
        {{"networks", {{{"id", "x1"}, {"name", "outside"}}}}});
    say("GET /network/v2.0/ports?device_id=s1",
        {{"ports", {{{"id", "o1"}, {"network_id", "n1"}}}}});
    say("POST /network/v2.0/floatingips",
        {{"floatingip", {{"id", "a1"}, {"floating_ip_address", "203.0.113.5"}}}},
        201);
    const Given given{{"openstack-floatingip-pool", "outside"}};
    auto made = create(given);
    const auto wish = sent("POST /network/v2.0/floatingips")["floatingip"];
    CHECK(wish["floating_network_id"] == "x1");
    CHECK(wish["port_id"] == "o1");
    CHECK(
        wish["description"] ==
        "orch-create=" + made["CreateMark"].get<std::string>() + " orch-machine=web1"
    );
    CHECK(made["FloatingIpId"] == "a1");
    CHECK(made["OwnFloatingIp"] == true);
    CHECK(made["IPAddress"] == "203.0.113.5");
    CHECK(driver().reach(made).cluster == "10.0.0.5");
    CHECK(driver().reach(made).url == "tcp://203.0.113.5:2376");

    answers["POST /network/v2.0/floatingips"] = {
        {409, {}, R"({"NeutronError": {"type": "OverQuota", "message": "full"}})"}};
    say("GET /network/v2.0/floatingips?floating_network_id=x1",
        {{"floatingips", {{{"id", "a2"}, {"port_id", "o9"}}, {{"id", "a3"}, {"port_id", nullptr}}}}}
    );
    say("PUT /network/v2.0/floatingips/a3", {{"floatingip", {{"id", "a3"}}}});
    say("GET /network/v2.0/floatingips/a3",
        {{"floatingip", {{"id", "a3"}, {"port_id", "o1"}, {"floating_ip_address", "203.0.113.5"}}}}
    );
    made = create(given);
    CHECK(made["FloatingIpId"] == "a3");
    CHECK(made["OwnFloatingIp"] == false);

    // Somebody else was faster.
    answers["GET /network/v2.0/floatingips/a3"] = {
        {200, {}, R"({"floatingip": {"id": "a3", "port_id": "o7"}})"}};
    CHECK(error_of([&] { create(given); }).message().find("OverQuota") != std::string::npos);
}

TEST_CASE_FIXTURE(Machine, "openstack: a server that fails tells why") {
    furnish_creation();
    say_server("ERROR", {{"fault", {{"message", "No valid host was found."}}}});
    const auto error = error_of([&] { create({}); });
    CHECK(error.message() == "openstack: the server is in state ERROR: No valid host was found.");
    CHECK(saved.back()["MachineId"] == "s1");
}

TEST_CASE_FIXTURE(Machine, "openstack: an old machine's address follows, its other fields stay") {
    say_server("SHUTOFF");
    CHECK(driver().refresh(record, job) == State::stopped);
    CHECK(record["IPAddress"] == "10.0.0.5");
    CHECK(record["FromTheFuture"] == 7);
    record["FloatingIpPool"] = "outside";
    driver().refresh(record, job);
    CHECK(record["IPAddress"] == "203.0.113.5");
    record["FloatingIpPool"] = "";
    record["IpVersion"] = 6;
    driver().refresh(record, job);
    CHECK(record["IPAddress"] == "2001:db8::5");
    CHECK(driver().reach(record).url == "tcp://[2001:db8::5]:2376");
    answers["GET /compute/v2.1/servers/s1"] = {{404, {}, "{}"}};
    CHECK(driver().refresh(record, job) == State::not_found);
    CHECK(error_of([&] { driver().power(record, Power::start, job); }).kind() == Kind::not_found);
}

TEST_CASE_FIXTURE(Machine, "openstack: power, from whatever state") {
    const std::string line = "POST /compute/v2.1/servers/s1/action";
    say(line, nullptr, 202);
    const auto sent_for = [&](const char* status, Power power) {
        say_server(status);
        driver().power(record, power, job);
        return sent(line);
    };
    CHECK(sent_for("SHUTOFF", Power::start) == Json{{"os-start", nullptr}});
    CHECK(sent_for("PAUSED", Power::start) == Json{{"unpause", nullptr}});
    CHECK(sent_for("SUSPENDED", Power::start) == Json{{"resume", nullptr}});
    CHECK(sent_for("SHELVED_OFFLOADED", Power::start) == Json{{"unshelve", nullptr}});
    CHECK(sent_for("ACTIVE", Power::stop) == Json{{"os-stop", nullptr}});
    CHECK(sent_for("ACTIVE", Power::kill) == Json{{"os-stop", nullptr}});
    CHECK(sent_for("ACTIVE", Power::restart) == Json{{"reboot", {{"type", "SOFT"}}}});
}

TEST_CASE_FIXTURE(Machine, "openstack: a server that is busy is told later, one that refuses not") {
    const std::string line = "POST /compute/v2.1/servers/s1/action";
    const Json conflict{{"conflictingRequest", {{"message", "while it is in task_state"}}}};
    say_server("ACTIVE", {{"OS-EXT-STS:task_state", "powering-off"}});
    say(line, conflict, 409);
    say(line, nullptr, 202);
    driver().power(record, Power::stop, job);
    CHECK(count(line) == 2);
    say_server("SHUTOFF", {{"OS-EXT-STS:task_state", nullptr}});
    answers[line] = {{409, {}, conflict.dump()}};
    CHECK(error_of([&] { driver().power(record, Power::stop, job); }).kind() == Kind::conflict);
}

TEST_CASE_FIXTURE(
    Machine, "openstack: remove takes a server of docker-machine and its key, no address"
) {
    say("DELETE /compute/v2.1/servers/s1", nullptr, 204);
    answers["GET /compute/v2.1/servers/s1"] = {
        {200, {}, R"({"server": {"id": "s1", "status": "ACTIVE"}})"}, {404, {}, "{}"}};
    say("DELETE /compute/v2.1/os-keypairs/web1-0123", nullptr, 202);
    record["FloatingIpId"] = "a1"; // of the project, not of the machine
    driver().remove(record, job);
    CHECK(count("GET /compute/v2.1/servers/s1") == 2);
    CHECK(count("DELETE /compute/v2.1/os-keypairs/web1-0123") == 1);

    answers["DELETE /compute/v2.1/servers/s1"] = {{404, {}, "{}"}};
    record["ExistingKey"] = true;
    CHECK_NOTHROW(driver().remove(record, job));
    CHECK(count("DELETE /compute/v2.1/os-keypairs/web1-0123") == 1);
}

TEST_CASE_FIXTURE(Machine, "openstack: remove finds by the mark what a killed create left") {
    record["MachineId"] = "";
    record["CreateMark"] = "0123";
    record["OwnSecurityGroup"] = true;
    say("GET /network/v2.0/floatingips?description=orch-create%3D0123%20orch-machine%3Dweb1",
        {{"floatingips",
          {{{"id", "a1"}, {"description", "orch-create=0123 orch-machine=web1"}},
           {{"id", "a2"}, {"description", "another's"}}}}});
    say("DELETE /network/v2.0/floatingips/a1", nullptr, 204);
    const auto server = [](const char* id, const char* mark) {
        return Json{
            {"id", id},
            {"name", "web1"},
            {"status", "BUILD"},
            {"metadata", {{"orch-create", mark}}}};
    };
    say("GET /compute/v2.1/servers/detail?name=%5Eweb1%24",
        {{"servers", {server("s1", "0123"), server("s2", "4567")}}});
    say("DELETE /compute/v2.1/servers/s1", nullptr, 204);
    say("GET /compute/v2.1/servers/s1", nullptr, 404);
    say("DELETE /compute/v2.1/os-keypairs/web1-0123", nullptr, 404);
    const auto group = [](const char* id, const char* name, const char* description) {
        return Json{{"id", id}, {"name", name}, {"description", description}};
    };
    say("GET /network/v2.0/security-groups?name=web1-0123",
        {{"security_groups", {group("g1", "web1-0123", "made by orch for machine web1")}}});
    say("DELETE /network/v2.0/security-groups/g1", {{"NeutronError", {{"type", "InUse"}}}}, 409);
    say("DELETE /network/v2.0/security-groups/g1", nullptr, 204);
    say("GET /network/v2.0/security-groups?name=orch-swarm",
        {{"security_groups",
          {group("g2", "orch-swarm", "made by orch for the nodes of swarms"),
           group("g3", "orch-swarm", "by hand")}}});
    say("DELETE /network/v2.0/security-groups/g2", {{"NeutronError", {{"type", "InUse"}}}}, 409);
    driver().remove(record, job);
    CHECK(count("DELETE /network/v2.0/floatingips/a1") == 1);
    CHECK(count("DELETE /compute/v2.1/servers/s1") == 1);
    CHECK(count("DELETE /network/v2.0/security-groups/g1") == 2);
    CHECK(count("DELETE /network/v2.0/security-groups/g2") == 1); // others are in it: it stays
}

TEST_CASE_FIXTURE(
    Machine, "openstack: a group that goes while the server is asked for is made again"
) {
    furnish_creation();
    http.handler = [serve = http.handler](const orch::http::Request& request) {
        if (request.url.find("/security-groups?name=") != std::string::npos)
            return orch::http::Response{200, {}, R"({"security_groups": []})"};
        return serve(request);
    };
    for (const auto* id : {"old", "new"})
        say("POST /network/v2.0/security-groups", {{"security_group", {{"id", id}}}}, 201);
    say("POST /network/v2.0/security-group-rules", {{"security_group_rule", Json::object()}}, 201);
    answers["POST /compute/v2.1/servers"] = {
        {400, {}, R"({"badRequest": {"message": "Unable to find security_group"}})"},
        {202, {}, R"({"server": {"id": "s1"}})"}};
    const auto made = create({{"openstack-sec-group-create", "true"}});
    CHECK(made["MachineId"] == "s1");
    CHECK(
        sent("POST /compute/v2.1/servers")["server"]["security_groups"] == Json{{{"name", "new"}}}
    );
    answers["POST /compute/v2.1/servers"] = {{400, {}, R"({"badRequest": {"message": "no"}})"}};
    CHECK(error_of([&] { create({}); }).message().find("badRequest: no") != std::string::npos);
    CHECK(count("POST /compute/v2.1/servers") == 3); // a refusal for another reason stands
}

TEST_CASE_FIXTURE(Machine, "openstack: adopt makes nothing, and marks nothing as its own") {
    say("GET /compute/v2.1/servers/web%20one", {{"itemNotFound", {{"code", 404}}}}, 404);
    say("GET /compute/v2.1/servers/detail?name=%5Eweb%20one%24",
        {{"servers",
          {{{"id", "s1"},
            {"name", "web one"},
            {"status", "ACTIVE"},
            {"key_name", "theirs"},
            {"flavor", {{"id", "f1"}}},
            {"image", {{"id", "i1"}}},
            {"addresses", addresses()}}}}});
    say("GET /image/v2/images/i1", {{"id", "i1"}, {"os_distro", "ubuntu"}});
    say("GET /network/v2.0/ports?device_id=s1", {{"ports", {{{"id", "o1"}}}}});
    say("GET /network/v2.0/floatingips?port_id=o1",
        {{"floatingips", {{{"id", "a1"}, {"floating_ip_address", "203.0.113.5"}}}}});
    drivers::Request request;
    request.values = values({});
    const auto adopted = driver().adopt(request, "web one", job);
    CHECK(driver().host_id(adopted) == "s1");
    CHECK(adopted["IPAddress"] == "203.0.113.5");
    CHECK(adopted["SSHUser"] == "ubuntu");
    CHECK(adopted["ExistingKey"] == true);
    CHECK(adopted["OwnFloatingIp"] == false);
    CHECK_FALSE(adopted.contains("CreateMark"));
    say("GET /compute/v2.1/servers/detail?name=%5Enobody%24", {{"servers", Json::array()}});
    say("GET /compute/v2.1/servers/nobody", nullptr, 404);
    CHECK(error_of([&] { driver().adopt(request, "nobody", job); }).kind() == Kind::not_found);
}
