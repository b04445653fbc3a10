#include "drivers/digitalocean/digitalocean.hpp"
#include "drivers/digitalocean/wishes.hpp"
#include "drivers/kit/cloud.hpp"
#include "tests/support/error_of.hpp"
#include "tests/unit/drivers/kit/scripted_cloud.hpp"

#include <doctest/doctest.h>

namespace drivers = orch::drivers;
namespace digitalocean = orch::drivers::digitalocean;
using orch::Kind;
using orch::test::error_of;
using orch::test::Json;

namespace {

using Given = std::map<std::string, std::string>;

Json droplet(const std::string& status, const std::string& address = "203.0.113.7") {
    return {
        {"id", 7},
        {"name", "web1"},
        {"status", status},
        {"size_slug", "s-1vcpu-1gb"},
        {"region", {{"slug", "fra1"}}},
        {"image", {{"slug", nullptr}}},
        {"vpc_uuid", "v-1"},
        {"networks",
         {{"v4",
           {{{"ip_address", "10.1.0.7"}, {"type", "private"}},
            {{"ip_address", address}, {"type", "public"}}}},
          {"v6", Json::array()}}},
    };
}

Json refusal(const std::string& code, const std::string& message) {
    return {{"id", code}, {"message", message}, {"request_id", "r-1"}};
}

struct Scene : orch::test::ScriptedCloud {
    digitalocean::Driver driver{access(), {}};
    std::vector<drivers::Record> saved;

    Scene() : ScriptedCloud("https://api.digitalocean.com/v2") {
        on("GET /regions",
           200,
           {{"regions",
             {{{"slug", "nyc3"}, {"available", true}, {"sizes", {"s-1vcpu-2gb"}}},
              {{"slug", "ams3"}, {"available", false}, {"sizes", {"s-1vcpu-2gb"}}}}},
            {"links", Json::object()}});
        on("GET /images/debian-13-x64", 200, {{"image", {{"id", 1}, {"regions", {"nyc3"}}}}});
        on("GET /account", 200, {{"account", {{"status", "active"}, {"droplet_limit", 3}}}});
    }

    void no_droplets() { on("GET /droplets", 200, {{"droplets", Json::array()}}); }

    static drivers::Request wish(Given given = {}) {
        given.try_emplace("digitalocean-access-token", "t0ken");
        return request(digitalocean::info(), given);
    }

    drivers::Record create(const drivers::Request& request) {
        return driver.create(
            request, [&](const drivers::Record& record) { saved.push_back(record); }, job
        );
    }

    /// What a create needs up to an active droplet.
    void can_create() {
        on("POST /account/keys", 201, {{"ssh_key", {{"id", 5}}}});
        on("POST /droplets", 202, {{"droplet", droplet("new", "")}});
        on("GET /droplets/7", 200, {{"droplet", droplet("active")}});
    }

    orch::Error check_error(Given given) {
        const auto request = wish(std::move(given));
        return error_of([&] { driver.check(request, job); });
    }
};

} // namespace

TEST_CASE_FIXTURE(Scene, "digitalocean: the token is required, by docker-machine's words") {
    const auto error = check_error({{"digitalocean-access-token", ""}});
    CHECK(error.kind() == Kind::denied);
    CHECK(error.message() == "digitalocean driver requires the --digitalocean-access-token option");
    CHECK(asked.empty());
}

TEST_CASE_FIXTURE(
    Scene, "digitalocean: the check asks for all that can be known, and makes nothing"
) {
    no_droplets();
    CHECK_NOTHROW(driver.check(wish(), job));
    CHECK(asked.front().headers.at("Authorization") == "Bearer t0ken");
    CHECK(lines("POST").empty());
    CHECK_FALSE(std::filesystem::exists(dir / "credentials.json"));
}

TEST_CASE_FIXTURE(Scene, "digitalocean: wishes that contradict themselves are refused unasked") {
    const auto key = dir.write("key", "PRIVATE").string();
    dir.write("key.pub", "ssh-ed25519 AAAA me\n");
    const auto data = dir.write("data", std::string(70000, 'x')).string();
    for (const auto& row : std::vector<std::pair<Given, std::string>>{
             {{{"digitalocean-ssh-key-path", key}}, "requires --digitalocean-ssh-key-fingerprint"},
             {{{"digitalocean-ssh-key-path", "/none"}, {"digitalocean-ssh-key-fingerprint", "a"}},
              "SSH key does not exist: \"/none\""},
             {{{"digitalocean-ssh-key-path", key}, {"digitalocean-ssh-key-fingerprint", "a:b"}},
              "not a:b"},
             {{{"digitalocean-userdata", data}}, "--digitalocean-userdata has 70000 bytes"},
             {{{"digitalocean-tags", "fine,not fine"}}, "not \"not fine\""},
             {{{"digitalocean-open-cidr", "everybody"}}, "not \"everybody\""},
             {{{"digitalocean-open-port", "70000"}}, "--digitalocean-open-port takes PORT"}}) {
        const auto& given = row.first;
        const auto& words = row.second;
        CAPTURE(words);
        const auto error = check_error(given);
        CHECK(error.message().find(words) != std::string::npos);
    }
    digitalocean::Driver other(access("web-"), {});
    CHECK(error_of([&] { other.check(wish(), job); }).kind() == Kind::usage);
    CHECK(asked.empty());
}

TEST_CASE_FIXTURE(Scene, "digitalocean: what is not there is refused by the option that names it") {
    on("GET /droplets", 200, {{"droplets", Json::array()}});
    on("GET /images/beos", 404, refusal("not_found", "no"));
    on("GET /vpcs/v-1", 200, {{"vpc", {{"region", "fra1"}}}});
    on("GET /vpcs/v-2", 404, refusal("not_found", "no"));
    on("GET /account/keys/aa%3Abb", 404, refusal("not_found", "no"));
    for (const auto& row : std::vector<std::pair<Given, std::string>>{
             {{{"digitalocean-region", "moon1"}}, "requires a valid region: there is no moon1"},
             {{{"digitalocean-region", "ams3"}}, "region ams3 takes no new droplets now"},
             {{{"digitalocean-size", "huge"}}, "no size huge in nyc3"},
             {{{"digitalocean-image", "beos"}}, "no image beos"},
             {{{"digitalocean-vpc-uuid", "v-1"}}, "VPC v-1 is in fra1, the droplet in nyc3"},
             {{{"digitalocean-vpc-uuid", "v-2"}}, "no VPC v-2"},
             {{{"digitalocean-ssh-key-fingerprint", "aa:bb"}}, "no SSH key aa:bb"}}) {
        const auto& given = row.first;
        const auto& words = row.second;
        CAPTURE(words);
        const auto error = check_error(given);
        CHECK(error.message().find(words) != std::string::npos);
        CHECK_FALSE(error.hint().empty());
    }
    CHECK(lines("POST").empty());
}

TEST_CASE_FIXTURE(Scene, "digitalocean: a name that is taken, an account that is full") {
    on("GET /droplets", 200, {{"droplets", {droplet("active")}}});
    CHECK(check_error({}).message() == "digitalocean: there is a droplet web1 already");

    Scene full;
    full.on("GET /droplets", 200, {{"droplets", Json::array()}});
    full.on("GET /droplets", 200, {{"droplets", {droplet("off"), droplet("off"), droplet("off")}}});
    CHECK(
        full.check_error({}).message().find("droplet limit of the account is 3") !=
        std::string::npos
    );
}

TEST_CASE_FIXTURE(
    Scene, "digitalocean: a token that may not read the account will do, a locked account not"
) {
    Scene narrow;
    narrow.no_droplets();
    narrow.forget("GET /account");
    narrow.on("GET /account", 403, refusal("forbidden", "You are not authorized"));
    CHECK_NOTHROW(narrow.driver.check(wish(), narrow.job));

    forget("GET /account");
    no_droplets();
    on("GET /account", 200, {{"account", {{"status", "locked"}, {"status_message", "unpaid"}}}});
    CHECK(check_error({}).message() == "digitalocean: the account is locked: unpaid");
}

TEST_CASE_FIXTURE(Scene, "digitalocean: lists are read to their last page") {
    forget("GET /regions");
    on("GET /regions", 200, {{"regions", Json::array()}, {"links", {{"pages", {{"next", "x"}}}}}});
    on("GET /regions",
       200,
       {{"regions", {{{"slug", "nyc3"}, {"sizes", {"s-1vcpu-2gb"}}}}}, {"links", Json::object()}});
    no_droplets();
    CHECK_NOTHROW(driver.check(wish(), job));
    CHECK(lines("GET").at(0) == "GET /regions?page=1&per_page=200");
    CHECK(lines("GET").at(1) == "GET /regions?page=2&per_page=200");
}

TEST_CASE_FIXTURE(Scene, "digitalocean: create makes key and droplet, and saves after each id") {
    can_create();
    const auto record =
        create(wish({{"digitalocean-tags", "a, b:c"}, {"digitalocean-ipv6", "true"}}));

    const auto mark = record.at("CreateMark").get<std::string>();
    CHECK(saved.front().at("CreateMark") == mark); // before anything is made
    CHECK(saved.front().at("SSHKeyID") == 0);
    CHECK(record.at("DropletID") == 7);
    CHECK(record.at("SSHKeyID") == 5);
    CHECK(record.at("IPAddress") == "203.0.113.7");
    CHECK(record.at("SSHKeyFingerprint") == ""); // docker-machine's: a key that was there already
    CHECK(record.dump().find("t0ken") == std::string::npos);
    const auto body = bodies("POST /droplets").at(0);
    CHECK(
        body == Json({
                    {"name", "web1"},
                    {"region", "nyc3"},
                    {"size", "s-1vcpu-2gb"},
                    {"image", "debian-13-x64"},
                    {"ssh_keys", {5}},
                    {"ipv6", true},
                    {"backups", false},
                    {"monitoring", false},
                    {"tags", {"orch", "orch-create:" + mark, "a", "b:c"}},
                })
    );
    const auto reach = driver.reach(record);
    CHECK(reach.url == "tcp://203.0.113.7:2376");
    CHECK(reach.cluster == "10.1.0.7");
    CHECK(reach.ssh.user == "root");
    CHECK(driver.host_id(record) == "7");
    CHECK(orch::fs::read_file(dir / "credentials.json").find("t0ken") != std::string::npos);
    CHECK(
        std::filesystem::status(dir / "credentials.json").permissions() ==
        (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write)
    );
}

TEST_CASE_FIXTURE(Scene, "digitalocean: image by id, network and user data go into the request") {
    can_create();
    const auto data = dir.write("data", "#cloud-config\n").string();
    create(wish(
        {{"digitalocean-image", "4711"},
         {"digitalocean-vpc-uuid", "v-1"},
         {"digitalocean-userdata", data}}
    ));
    const auto body = bodies("POST /droplets").at(0);
    CHECK(body["image"] == 4711);
    CHECK(body["vpc_uuid"] == "v-1");
    CHECK(body["user_data"] == "#cloud-config\n");
}

TEST_CASE_FIXTURE(Scene, "digitalocean: a key of the account is used, and stays") {
    can_create();
    on("GET /account/keys/aa%3Abb", 200, {{"ssh_key", {{"id", 9}}}});
    const auto record = create(wish({{"digitalocean-ssh-key-fingerprint", "aa:bb"}}));
    CHECK(bodies("POST /account/keys").empty());
    CHECK(bodies("POST /droplets").at(0)["ssh_keys"] == Json({9}));
    CHECK(record.at("SSHKeyPath") == ""); // the agent's or the user's default key

    on("GET /droplets", 200, {{"droplets", {droplet("active")}}});
    on("DELETE /droplets/7", 204);
    on("DELETE /tags/orch-create%3A" + record.at("CreateMark").get<std::string>(), 204);
    driver.remove(record, job);
    CHECK(lines("DELETE").size() == 2);
}

TEST_CASE_FIXTURE(Scene, "digitalocean: lost answers make nothing twice") {
    lose("POST /account/keys");
    lose("POST /droplets");
    on("GET /droplets", 200, {{"droplets", {droplet("new")}}});
    on("GET /droplets/7", 200, {{"droplet", droplet("active")}});
    http.handler = [answer = http.handler](const orch::http::Request& request) {
        if (request.url.find("/account/keys/") == std::string::npos)
            return answer(request);
        return orch::http::Response{200, {}, R"({"ssh_key": {"id": 5}})"};
    };
    const auto record = create(wish());
    CHECK(record.at("SSHKeyID") == 5);
    CHECK(record.at("DropletID") == 7);
    CHECK(bodies("POST /account/keys").size() == 1);
    CHECK(bodies("POST /droplets").size() == 1);
    CHECK(
        lines("GET").front() == "GET /droplets?tag_name=orch-create%3A" +
                                    record.at("CreateMark").get<std::string>() +
                                    "&page=1&per_page=200"
    );
}

TEST_CASE_FIXTURE(Scene, "digitalocean: a droplet that fails or vanishes ends the create") {
    on("POST /account/keys", 201, {{"ssh_key", {{"id", 5}}}});
    on("POST /droplets", 202, {{"droplet", droplet("new", "")}});
    on("GET /droplets/7", 200, {{"droplet", droplet("new", "")}});
    on("GET /droplets/7", 404, refusal("not_found", "no"));
    on("GET /droplets/7/actions",
       200,
       {{"actions", {{{"type", "create"}, {"status", "in-progress"}}}}});
    CHECK(error_of([&] { create(wish()); }).kind() == Kind::not_found);
    CHECK(saved.back().at("DropletID") == 7);

    Scene failing;
    failing.on("POST /account/keys", 201, {{"ssh_key", {{"id", 5}}}});
    failing.on("POST /droplets", 202, {{"droplet", droplet("new", "")}});
    failing.on("GET /droplets/7", 200, {{"droplet", droplet("new", "")}});
    failing.on(
        "GET /droplets/7/actions", 200, {{"actions", {{{"type", "create"}, {"status", "errored"}}}}}
    );
    CHECK(error_of([&] {
              failing.create(wish());
          }).message() == "digitalocean: the droplet failed to start");
}

TEST_CASE_FIXTURE(Scene, "digitalocean: a firewall is there before the droplet, and goes with it") {
    can_create();
    on("POST /tags", 201, {{"tag", {{"name", "x"}}}});
    on("POST /firewalls", 202, {{"firewall", {{"id", "f-1"}}}});
    auto request =
        wish({{"digitalocean-open-port", "80,53/udp"}, {"digitalocean-open-cidr", "203.0.113.0/24"}}
        );
    request.swarm_master = true;
    request.swarm_host = "tcp://0.0.0.0:3376";
    request.swarm_discovery = "token://x";
    const auto record = create(request);
    CHECK(
        lines("POST") ==
        std::vector<std::string>{
            "POST /account/keys", "POST /tags", "POST /tags", "POST /firewalls", "POST /droplets"}
    );
    const auto mark = record.at("CreateMark").get<std::string>();
    const auto body = bodies("POST /firewalls").at(0);
    CHECK(body["name"] == "orch-" + mark);
    CHECK(body["tags"] == Json({"orch-create:" + mark}));
    std::vector<std::string> open;
    std::vector<std::string> cluster;
    for (const auto& rule : body["inbound_rules"]) {
        CHECK(rule["sources"]["tags"] == Json({"orch"}));
        const auto port =
            rule["ports"].get<std::string>() + "/" + rule["protocol"].get<std::string>();
        (rule["sources"].contains("addresses") ? open : cluster).push_back(port);
        if (rule["sources"].contains("addresses"))
            CHECK(rule["sources"]["addresses"] == Json({"203.0.113.0/24"}));
    }
    CHECK(open == std::vector<std::string>{"22/tcp", "2376/tcp", "3376/tcp", "80/tcp", "53/udp"});
    CHECK(cluster == std::vector<std::string>{"2377/tcp", "7946/tcp", "7946/udp", "4789/udp"});
    CHECK(body["outbound_rules"].size() == 3);

    on("GET /droplets", 200, {{"droplets", {droplet("active")}}});
    for (const auto* path : {"/droplets/7", "/firewalls/f-1", "/account/keys/5"})
        on(std::string("DELETE ") + path, 204);
    on("DELETE /tags/orch-create%3A" + mark, 404, refusal("not_found", "no"));
    driver.remove(record, job);
    CHECK(
        lines("DELETE") ==
        std::vector<std::string>{
            "DELETE /droplets/7",
            "DELETE /firewalls/f-1",
            "DELETE /account/keys/5",
            "DELETE /tags/orch-create%3A" + mark}
    );
}

TEST_CASE_FIXTURE(
    Scene, "digitalocean: without sources everybody is let in, with no wish there is no firewall"
) {
    CHECK_FALSE(digitalocean::wants_firewall(wish().values));
    const auto request = wish({{"digitalocean-firewall", "true"}});
    CHECK(digitalocean::wants_firewall(request.values));
    const auto body = digitalocean::firewall_body(request, {{"CreateMark", "m"}});
    CHECK(body["inbound_rules"].size() == 2);
    CHECK(body["inbound_rules"][0]["sources"]["addresses"] == Json({"0.0.0.0/0", "::/0"}));
}

TEST_CASE_FIXTURE(Scene, "digitalocean: remove finds by the mark what a killed create made") {
    const drivers::Record record{
        {"CreateMark", "m"},
        {"DropletID", 0},
        {"Firewall", true},
        {"OwnKeyFingerprint", "aa:bb"},
        {"AccessToken", "old"}};
    on("GET /droplets", 200, {{"droplets", {droplet("new")}}});
    on("GET /firewalls", 200, {{"firewalls", {{{"name", "orch-m"}, {"id", "f-1"}}}}});
    on("DELETE /droplets/7", 204);
    on("DELETE /firewalls/f-1", 204);
    on("DELETE /account/keys/aa%3Abb", 404, refusal("not_found", "no"));
    on("DELETE /tags/orch-create%3Am", 204);
    driver.remove(record, job);
    CHECK(lines("DELETE").size() == 4);
    CHECK(asked.front().line == "GET /droplets?tag_name=orch-create%3Am&page=1&per_page=200");

    driver.remove(
        {{"CreateMark", ""}, {"DropletID", 0}}, job
    ); // nothing was made, no token is needed
    CHECK(lines("DELETE").size() == 4);
}

TEST_CASE_FIXTURE(
    Scene, "digitalocean: records of docker-machine: their token, and whose key it is"
) {
    drivers::Record record{
        {"AccessToken", "old"},
        {"DropletID", 7},
        {"DropletName", "web1"},
        {"SSHKeyID", 5},
        {"SSHKeyFingerprint", ""},
        {"Anything", "else"}};
    on("GET /droplets/7", 200, {{"droplet", droplet("off")}});
    CHECK(driver.refresh(record, job) == drivers::State::stopped);
    CHECK(asked.front().headers.at("Authorization") == "Bearer old");
    CHECK(record.at("Anything") == "else");
    CHECK(record.at("IPAddress") == "203.0.113.7");

    on("DELETE /droplets/7", 404, refusal("not_found", "no"));
    on("DELETE /account/keys/5", 204);
    driver.remove(record, job);
    CHECK(lines("DELETE").size() == 2);
    record["SSHKeyFingerprint"] = "aa:bb"; // the user's own key
    driver.remove(record, job);
    CHECK(lines("DELETE").size() == 3);
    CHECK(lines("DELETE").back() == "DELETE /droplets/7");
}

TEST_CASE_FIXTURE(Scene, "digitalocean: states, and the address that changed") {
    drivers::Record record{{"AccessToken", "t"}, {"DropletID", 7}, {"IPAddress", "203.0.113.1"}};
    for (const auto& [status, state] : std::vector<std::pair<std::string, drivers::State>>{
             {"new", drivers::State::starting},
             {"active", drivers::State::running},
             {"off", drivers::State::stopped},
             {"archive", drivers::State::saved},
             {"molten", drivers::State::error}}) {
        forget("GET /droplets/7");
        on("GET /droplets/7", 200, {{"droplet", droplet(status)}});
        CHECK(driver.refresh(record, job) == state);
        CHECK(record.at("IPAddress") == "203.0.113.7");
    }
    forget("GET /droplets/7");
    on("GET /droplets/7", 404, refusal("not_found", "no"));
    CHECK(driver.refresh(record, job) == drivers::State::not_found);
    drivers::Record half{{"AccessToken", "t"}, {"DropletID", 0}, {"CreateMark", "m"}};
    on("GET /droplets", 200, {{"droplets", {droplet("active")}}});
    CHECK(driver.refresh(half, job) == drivers::State::running);
    CHECK(driver.host_id(half) == "7");
}

TEST_CASE_FIXTURE(
    Scene, "digitalocean: power waits for other actions, and knows what is done already"
) {
    drivers::Record record{{"AccessToken", "t"}, {"DropletID", 7}};
    on("POST /droplets/7/actions",
       422,
       refusal("unprocessable_entity", "Droplet already has a pending event."));
    on("POST /droplets/7/actions", 201, {{"action", {{"id", 3}}}});
    on("POST /droplets/7/actions",
       422,
       refusal("unprocessable_entity", "Droplet is already powered on."));
    on("POST /droplets/7/actions", 422, refusal("unprocessable_entity", "it burns"));
    on("GET /actions/3", 200, {{"action", {{"status", "in-progress"}}}});
    on("GET /actions/3", 200, {{"action", {{"status", "completed"}}}});
    driver.power(record, drivers::Power::start, job);
    CHECK(bodies("POST /droplets/7/actions").size() == 2);
    CHECK(bodies("POST /droplets/7/actions").at(1) == Json({{"type", "power_on"}}));
    CHECK(lines("GET").size() == 2);
    driver.power(record, drivers::Power::start, job);
    CHECK_THROWS_AS(driver.power(record, drivers::Power::kill, job), orch::Error);

    Scene failing;
    failing.on("POST /droplets/7/actions", 201, {{"action", {{"id", 3}}}});
    failing.on("GET /actions/3", 200, {{"action", {{"status", "errored"}, {"type", "reboot"}}}});
    CHECK(error_of([&] {
              failing.driver.power(record, drivers::Power::restart, failing.job);
          }).message() == "digitalocean: reboot failed");
}

TEST_CASE_FIXTURE(Scene, "digitalocean: adopt takes a droplet by id or name, and makes nothing") {
    on("GET /droplets/7", 200, {{"droplet", droplet("active")}});
    on("GET /droplets", 200, {{"droplets", {droplet("active")}}});
    on("GET /droplets", 200, {{"droplets", {droplet("active"), droplet("off")}}});
    on("GET /droplets", 200, {{"droplets", Json::array()}});
    for (const auto* id : {"7", "web1"}) {
        const auto record = driver.adopt(wish(), id, job);
        CHECK(record.at("DropletID") == 7);
        CHECK(record.at("Region") == "fra1");
        CHECK(record.at("Size") == "s-1vcpu-1gb");
        CHECK(record.at("Image") == "");
        CHECK(record.at("IPAddress") == "203.0.113.7");
        CHECK_FALSE(record.contains("CreateMark"));
    }
    CHECK(error_of([&] { driver.adopt(wish(), "web1", job); }).kind() == Kind::conflict);
    CHECK(error_of([&] { driver.adopt(wish(), "web1", job); }).kind() == Kind::not_found);
    CHECK(lines("POST").empty());

    const auto record = driver.adopt(wish(), "7", job);
    on("DELETE /droplets/7", 204);
    driver.remove(record, job);
    CHECK(lines("DELETE") == std::vector<std::string>{"DELETE /droplets/7"}); // no key, no tag
}
