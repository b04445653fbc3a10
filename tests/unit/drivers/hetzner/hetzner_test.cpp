#include "drivers/hetzner/hetzner.hpp"
#include "drivers/kit/cloud.hpp"
#include "tests/support/error_of.hpp"
#include "tests/unit/drivers/kit/scripted_cloud.hpp"

#include <doctest/doctest.h>

namespace drivers = orch::drivers;
namespace hetzner = orch::drivers::hetzner;
using orch::Kind;
using orch::test::error_of;
using orch::test::Json;

namespace {

using Given = std::map<std::string, std::string>;

Json server(const std::string& status) {
    return {
        {"id", 7},
        {"name", "web1"},
        {"status", status},
        {"public_net", {{"ipv4", {{"ip", "203.0.113.7"}}}, {"ipv6", {{"ip", "2001:db8:7::/64"}}}}},
        {"private_net", {{{"ip", "10.1.0.7"}}}},
    };
}

Json action(const std::string& status) {
    return {
        {"id", 3},
        {"command", "create_server"},
        {"status", status},
        {"error", {{"code", "resource_unavailable"}, {"message", "no place"}}}};
}

Json refusal(const std::string& code) { return {{"error", {{"code", code}, {"message", "no"}}}}; }

Json listed(const std::string& kind, const std::vector<Json>& things) {
    return {{kind, Json(things)}, {"meta", {{"pagination", {{"next_page", nullptr}}}}}};
}

struct Scene : orch::test::ScriptedCloud {
    hetzner::Driver driver{access(), {}};
    std::vector<drivers::Record> saved;

    Scene() : ScriptedCloud("https://api.hetzner.cloud/v1") {
        const Json type{
            {"id", 1},
            {"name", "cx23"},
            {"architecture", "x86"},
            {"locations",
             {{{"name", "fsn1"}, {"available", true}}, {{"name", "ash"}, {"available", false}}}}};
        on("GET /server_types", 200, listed("server_types", {type}));
        on("GET /locations", 200, listed("locations", {{{"id", 1}, {"name", "fsn1"}}}));
        on("GET /images", 200, listed("images", {{{"id", 2}, {"name", "debian-13"}}}));
        on("GET /placement_groups", 200, listed("placement_groups", {}));
        on("GET /ssh_keys", 200, listed("ssh_keys", {}));
        on("GET /firewalls", 200, listed("firewalls", {}));
    }

    void no_servers() { on("GET /servers", 200, listed("servers", {})); }

    static drivers::Request wish(Given given = {}) {
        given.try_emplace("hetzner-api-token", "t0ken");
        return request(hetzner::info(), given);
    }

    drivers::Record create(const drivers::Request& request) {
        return driver.create(
            request, [&](const drivers::Record& record) { saved.push_back(record); }, job
        );
    }

    void can_create() {
        on("POST /ssh_keys", 201, {{"ssh_key", {{"id", 5}}}});
        on("POST /servers", 201, {{"server", server("initializing")}, {"action", action("running")}}
        );
        on("GET /actions/3", 200, {{"action", action("success")}});
        on("GET /servers/7", 200, {{"server", server("starting")}});
        on("GET /servers/7", 200, {{"server", server("running")}});
    }

    orch::Error check_error(Given given) {
        const auto request = wish(std::move(given));
        return error_of([&] { driver.check(request, job); });
    }
};

} // namespace

TEST_CASE_FIXTURE(Scene, "hetzner: the token is required, by the old driver's words") {
    const auto error = check_error({{"hetzner-api-token", ""}});
    CHECK(error.kind() == Kind::denied);
    CHECK(error.message() == "hetzner driver requires the --hetzner-api-token option");
    CHECK(asked.empty());
}

TEST_CASE_FIXTURE(Scene, "hetzner: wishes that contradict themselves are refused unasked") {
    const auto data = dir.write("data", std::string(40000, 'x')).string();
    for (const auto& row : std::vector<std::pair<Given, std::string>>{
             {{{"hetzner-existing-key-id", "5"}}, "requires --hetzner-existing-key-path"},
             {{{"hetzner-placement-group", "g"}, {"hetzner-auto-spread", "true"}}, "exclude each"},
             {{{"hetzner-use-private-network", "true"}}, "requires --hetzner-networks"},
             {{{"hetzner-disable-public", "true"}}, "requires --hetzner-use-private-network"},
             {{{"hetzner-user-data", "a"}, {"hetzner-user-data-file", "b"}}, "exclude each other"},
             {{{"hetzner-user-data-file", data}}, "has 40000 bytes"},
             {{{"hetzner-server-label", "nonsense"}}, "takes NAME=VALUE"}}) {
        const auto& given = row.first;
        const auto& words = row.second;
        CAPTURE(words);
        CHECK(check_error(given).message().find(words) != std::string::npos);
    }
    CHECK(asked.empty());
}

TEST_CASE_FIXTURE(Scene, "hetzner: the check asks for all that can be known, and makes nothing") {
    no_servers();
    CHECK_NOTHROW(driver.check(wish(), job));
    CHECK(asked.front().headers.at("Authorization") == "Bearer t0ken");
    CHECK(lines("POST").empty());
    CHECK(lines("GET").at(0) == "GET /server_types?name=cx23&page=1&per_page=50");
    CHECK(
        lines("GET").at(1) ==
        "GET /images?name=debian-13&architecture=x86&include_deprecated=true&page=1&per_page=50"
    );
}

TEST_CASE_FIXTURE(Scene, "hetzner: what is not there, or not there now, is refused beforehand") {
    on("GET /servers", 200, listed("servers", {server("off")}));
    CHECK(check_error({}).kind() == Kind::conflict); // the name
    CHECK(check_error({{"hetzner-server-location", "ash"}}).kind() == Kind::conflict);
    on("GET /networks", 200, listed("networks", {}));
    CHECK(check_error({{"hetzner-networks", "blue"}}).kind() == Kind::not_found);
    forget("GET /images");
    on("GET /images", 200, listed("images", {}));
    const auto error = check_error({{"hetzner-image", "beos"}});
    CHECK(error.message() == "hetzner: there is no image beos for x86");
    CHECK_FALSE(error.hint().empty());
    forget("GET /server_types");
    on("GET /server_types", 200, listed("server_types", {}));
    CHECK(check_error({}).message() == "hetzner: there is no server_type cx23 in this project");
}

TEST_CASE_FIXTURE(Scene, "hetzner: create makes key and server, and saves after each id") {
    can_create();
    const auto record = create(wish(
        {{"hetzner-server-label", "tier=web"},
         {"hetzner-server-location", "fsn1"},
         {"hetzner-user-data", "#cloud-config\n"},
         {"hetzner-disable-public-ipv6", "true"}}
    ));
    const auto mark = record.at("CreateMark").get<std::string>();
    CHECK(saved.front().at("CreateMark") == mark); // before anything is made
    CHECK(saved.front().at("KeyID") == 0);
    CHECK(record.at("ServerID") == 7);
    CHECK(record.at("KeyID") == 5);
    CHECK(record.at("IsExistingKey") == false);
    CHECK(record.at("IPAddress") == "203.0.113.7");
    CHECK(record.dump().find("t0ken") == std::string::npos);
    const auto body = bodies("POST /servers").at(0);
    CHECK(body["image"] == 2);
    CHECK(body["server_type"] == "cx23");
    CHECK(body["location"] == "fsn1");
    CHECK(body["ssh_keys"] == Json({5}));
    CHECK(body["public_net"] == Json({{"enable_ipv4", true}, {"enable_ipv6", false}}));
    CHECK(body["user_data"] == "#cloud-config\n");
    CHECK(
        body["labels"] ==
        Json({{"orch", "1"}, {"orch-machine", "web1"}, {"orch-create", mark}, {"tier", "web"}})
    );
    const auto reach = driver.reach(record);
    CHECK(reach.url == "tcp://203.0.113.7:2376");
    CHECK(reach.cluster == "10.1.0.7");
    CHECK(driver.host_id(record) == "7");
    CHECK(orch::fs::read_file(dir / "credentials.json").find("t0ken") != std::string::npos);
}

TEST_CASE_FIXTURE(Scene, "hetzner: a lost answer makes no second server") {
    can_create();
    forget("POST /servers");
    lose("POST /servers");
    on("GET /servers", 200, listed("servers", {server("running")}));
    CHECK(create(wish()).at("ServerID") == 7);
    CHECK(bodies("POST /servers").size() == 1);
}

TEST_CASE_FIXTURE(
    Scene, "hetzner: a create that the cloud could not carry out is told in its words"
) {
    can_create();
    forget("GET /actions/3");
    on("GET /actions/3", 200, {{"action", action("error")}});
    CHECK(error_of([&] {
              create(wish());
          }).message() == "hetzner: create_server: resource_unavailable: no place");
    CHECK(saved.back().at("ServerID") == 7);
}

TEST_CASE_FIXTURE(Scene, "hetzner: a key that the project has already is used, and stays") {
    can_create();
    forget("GET /ssh_keys");
    on("GET /ssh_keys", 200, listed("ssh_keys", {{{"id", 9}}}));
    on("GET /ssh_keys", 200, listed("ssh_keys", {}));
    const auto key = dir.write("mine", "PRIVATE").string();
    dir.write("mine.pub", "ssh-ed25519 AAAA me\n");
    const auto record = create(wish({{"hetzner-existing-key-path", key}}));
    CHECK(record.at("KeyID") == 9);
    CHECK(record.at("IsExistingKey") == true);
    CHECK(bodies("POST /ssh_keys").empty());
    no_servers();
    on("DELETE /servers/7", 200, {{"action", action("success")}});
    driver.remove(record, job);
    CHECK(lines("DELETE") == std::vector<std::string>{"DELETE /servers/7"});
}

TEST_CASE_FIXTURE(Scene, "hetzner: remove finds by the mark what a killed create made") {
    on("GET /servers", 200, listed("servers", {server("initializing")}));
    forget("GET /ssh_keys");
    on("GET /ssh_keys", 200, listed("ssh_keys", {{{"id", 5}}}));
    on("DELETE /servers/7", 404, refusal("not_found"));
    on("DELETE /ssh_keys/5", 204);
    driver.remove({{"CreateMark", "m"}, {"ServerID", 0}, {"AccessToken", "old"}}, job);
    CHECK(lines("DELETE") == std::vector<std::string>{"DELETE /servers/7", "DELETE /ssh_keys/5"});
    CHECK(
        asked.front().line == "GET /servers?label_selector=orch-create%3D%3Dm&page=1&per_page=50"
    );
    driver.remove({{"ServerID", 0}}, job); // nothing was made, no token is needed
    CHECK(lines("DELETE").size() == 2);
}

TEST_CASE_FIXTURE(Scene, "hetzner: a firewall of its own is there before the server, and goes") {
    can_create();
    on("POST /firewalls", 201, {{"firewall", {{"id", 3}}}});
    auto request = wish({{"hetzner-open-port", "53/udp"}, {"hetzner-open-cidr", "203.0.113.0/24"}});
    request.swarm_discovery = "token://x";
    const auto record = driver.create(
        request, [](const drivers::Record&) {}, job
    );
    CHECK(record.at("FirewallID") == 3);
    CHECK(bodies("POST /servers").at(0).at("firewalls") == Json::array({{{"firewall", 3}}}));
    std::string opened;
    const auto firewall = bodies("POST /firewalls").at(0);
    for (const auto& rule : firewall.at("rules")) {
        CHECK(rule.at("source_ips") == Json::array({"203.0.113.0/24"}));
        opened += rule.at("port").get<std::string>() + "/" + rule.value("protocol", "") + " ";
    }
    CHECK(opened == "22/tcp 2376/tcp 53/udp 2377/tcp 7946/tcp 7946/udp 4789/udp ");
    no_servers();
    forget("GET /firewalls");
    on("GET /firewalls", 200, listed("firewalls", {{{"id", 3}}}));
    on("DELETE /servers/7", 200, {{"action", action("success")}});
    on("DELETE /ssh_keys/5", 204);
    on("DELETE /firewalls/3", 204);
    driver.remove(record, job);
    CHECK(lines("DELETE").back() == "DELETE /firewalls/3");
}

TEST_CASE_FIXTURE(Scene, "hetzner: the older spellings count, and names must be host names") {
    can_create();
    const auto data = dir.write("data", "#cloud-config").string();
    create(wish({
        {"hetzner-disable-public-6", "true"},
        {"hetzner-user-data", data},
        {"hetzner-user-data-from-file", "true"},
    }));
    const auto body = bodies("POST /servers").at(0);
    CHECK(body.at("public_net").at("enable_ipv6") == false);
    CHECK(body.at("user_data") == "#cloud-config");
    hetzner::Driver other(access("web-"), {});
    CHECK(error_of([&] {
              other.check(wish(), job);
          }).message() == "hetzner: a server cannot be called web-");
}

TEST_CASE_FIXTURE(Scene, "hetzner: old records: their token, their key, and unknown fields") {
    drivers::Record record{
        {"AccessToken", "old"},
        {"ServerID", 7},
        {"KeyID", 5},
        {"IsExistingKey", false},
        {"WaitOnPolling", 1}};
    on("GET /servers/7", 200, {{"server", server("off")}});
    CHECK(driver.refresh(record, job) == drivers::State::stopped);
    CHECK(asked.front().headers.at("Authorization") == "Bearer old");
    CHECK(record.at("WaitOnPolling") == 1);
    on("DELETE /servers/7", 200, {{"action", action("success")}});
    on("DELETE /ssh_keys/5", 204);
    driver.remove(record, job);
    CHECK(lines("DELETE").size() == 2);
}

TEST_CASE_FIXTURE(Scene, "hetzner: states, and which address counts") {
    drivers::Record record{{"AccessToken", "t"}, {"ServerID", 7}};
    for (const auto& [status, state] : std::vector<std::pair<std::string, drivers::State>>{
             {"initializing", drivers::State::starting},
             {"starting", drivers::State::starting},
             {"running", drivers::State::running},
             {"stopping", drivers::State::stopping},
             {"off", drivers::State::stopped},
             {"deleting", drivers::State::stopping},
             {"migrating", drivers::State::starting},
             {"rebuilding", drivers::State::starting},
             {"unknown", drivers::State::error}}) {
        forget("GET /servers/7");
        on("GET /servers/7", 200, {{"server", server(status)}});
        CHECK(driver.refresh(record, job) == state);
    }
    CHECK(record.at("IPAddress") == "203.0.113.7");
    record["UsePrivateNetwork"] = true;
    driver.refresh(record, job);
    CHECK(record.at("IPAddress") == "10.1.0.7");

    auto six = server("running");
    six["public_net"]["ipv4"] = nullptr;
    forget("GET /servers/7");
    on("GET /servers/7", 200, {{"server", six}});
    on("GET /servers/7", 404, refusal("not_found"));
    record["UsePrivateNetwork"] = false;
    driver.refresh(record, job);
    CHECK(record.at("IPAddress") == "2001:db8:7::1");
    CHECK(driver.reach(record).url == "tcp://[2001:db8:7::1]:2376");
    CHECK(driver.refresh(record, job) == drivers::State::not_found);
}

TEST_CASE_FIXTURE(Scene, "hetzner: power, while another action has the server locked") {
    drivers::Record record{{"AccessToken", "t"}, {"ServerID", 7}};
    on("POST /servers/7/actions/poweron", 423, refusal("locked"));
    on("POST /servers/7/actions/poweron", 201, {{"action", action("running")}});
    on("GET /actions/3", 200, {{"action", action("success")}});
    driver.power(record, drivers::Power::start, job);
    CHECK(lines("POST").size() == 2);
    for (const auto& [power, verb] : std::vector<std::pair<drivers::Power, std::string>>{
             {drivers::Power::stop, "shutdown"},
             {drivers::Power::kill, "poweroff"},
             {drivers::Power::restart, "reboot"}}) {
        on("POST /servers/7/actions/" + verb, 201, {{"action", action("success")}});
        driver.power(record, power, job);
        CHECK(lines("POST").back() == "POST /servers/7/actions/" + verb);
    }
}
