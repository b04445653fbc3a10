#include "drivers/google/google.hpp"
#include "drivers/google/wishes.hpp"
#include "lib/base/error.hpp"
#include "tests/support/error_of.hpp"

#include <doctest/doctest.h>

namespace google = orch::drivers::google;
namespace drivers = orch::drivers;
namespace kit = orch::drivers::kit;
using google::Json;
using orch::Kind;
using orch::test::error_of;

namespace {

drivers::Request request_with(const std::map<std::string, std::string>& given) {
    drivers::Request request;
    for (const auto& option : google::info().options) {
        const auto found = given.find(option.name);
        const auto& raw = found == given.end() ? option.fallback : found->second;
        request.values.set(option.name, drivers::value_from_text(option, raw));
    }
    return request;
}

drivers::Record record() {
    return {
        {"MachineName", "web1"},
        {"SSHUser", "docker-user"},
        {"Project", "p1"},
        {"Zone", "us-central1-a"},
        {"MachineType", "e2-medium"},
        {"MachineImage", "debian-cloud/global/images/debian-13-v1"},
        {"DiskType", "pd-balanced"},
        {"DiskSize", 20},
        {"Network", "default"},
        {"Subnetwork", ""},
        {"ServiceAccount", "default"},
        {"Scopes", "a,b"},
        {"CreateMark", "0123456789abcdef"},
    };
}

const google::Making plain{.public_key = "ssh-ed25519 AAAA x\n"};

std::string refusal(const std::string& machine, const std::map<std::string, std::string>& given) {
    return error_of([&] { google::check_wishes(machine, request_with(given)); }).message();
}

std::string value_of(const Json& metadata, const std::string& key) {
    for (const auto& item : metadata.at("items"))
        if (item.at("key") == key)
            return item.at("value");
    return "(none)";
}

} // namespace

TEST_CASE("google: images by family, by path and by URL") {
    const std::pair<const char*, const char*> cases[] = {
        {"debian-13", "projects/debian-cloud/global/images/family/debian-13"},
        {"ubuntu-2404-lts-amd64",
         "projects/ubuntu-os-cloud/global/images/family/ubuntu-2404-lts-amd64"},
        {"mine", "projects/p1/global/images/mine"},
        {"global/images/family/mine", "projects/p1/global/images/family/mine"},
        {"debian-cloud/global/images/family/debian-12",
         "projects/debian-cloud/global/images/family/debian-12"},
        {"https://www.googleapis.com/compute/v1/projects/x/global/images/y",
         "projects/x/global/images/y"},
    };
    for (const auto& row : cases) {
        const auto& wish = row.first;
        const auto& path = row.second;
        CAPTURE(wish);
        CHECK(google::image_path(wish, "p1") == path);
    }
}

TEST_CASE("google: networks by name and by path") {
    auto its = record();
    CHECK(google::network_path(its) == "projects/p1/global/networks/default");
    CHECK(google::subnetwork_path(its).empty());
    its["Network"] = "projects/host/global/networks/shared";
    its["Subnetwork"] = "inner";
    CHECK(google::network_path(its) == "projects/host/global/networks/shared");
    CHECK(google::subnetwork_path(its) == "projects/p1/regions/us-central1/subnetworks/inner");
    its["Subnetwork"] =
        "https://compute.googleapis.com/compute/v1/projects/host/regions/r/subnetworks/s";
    CHECK(google::subnetwork_path(its) == "projects/host/regions/r/subnetworks/s");
}

TEST_CASE("google: names and options that cannot be are found before anything is asked") {
    CHECK(refusal("web1", {}) == "nothing was thrown");
    CHECK(refusal(std::string(58, 'a'), {}) == "nothing was thrown");
    for (const auto* name : {"Web", "1web", "web.1", "web-", ""}) {
        CAPTURE(name);
        CHECK(refusal(name, {}).starts_with("google: an instance cannot have the name"));
    }
    CHECK(refusal(std::string(59, 'a'), {}).starts_with("google: an instance cannot"));
    CHECK(refusal("a", {{"google-username", "root"}}).find("root") != std::string::npos);
    CHECK(
        refusal("a", {{"google-address", "ip"}, {"google-use-internal-ip-only", "true"}}) ==
        "--google-address and --google-use-internal-ip-only exclude each other"
    );
    CHECK(refusal("a", {{"google-tags", "ok,Not"}}).find("\"Not\"") != std::string::npos);
    CHECK(
        refusal("a", {{"google-open-port", "80/icmp"}}).find("--google-open-port") !=
        std::string::npos
    );
    CHECK(refusal("a", {{"google-vm-labels", "Team=a"}}).find("Team=a") != std::string::npos);
    CHECK(
        refusal("a", {{"google-userdata", "/no/such/file"}}).find("/no/such/file") !=
        std::string::npos
    );
    CHECK(
        refusal("a", {{"google-external-firewall-rule-prefix", "-x"}}).find("\"-x\"") !=
        std::string::npos
    );
}

TEST_CASE("google: labels in both ways of writing") {
    const std::map<std::string, std::string> both{{"env", "test"}, {"team", "a"}};
    CHECK(google::labels_of("env=test,team=a") == both);
    CHECK(google::labels_of("env,test,team,a") == both);
    CHECK(google::labels_of("").empty());
    CHECK_THROWS_AS(google::labels_of("env,test,team"), orch::Error);
}

TEST_CASE("google: the body of an instance") {
    auto making = plain;
    making.user_data = "#cloud-config\n";
    making.labels = {{"team", "a"}};
    const auto body = google::instance_body(record(), making);
    CHECK(body["name"] == "web1");
    CHECK(body["machineType"] == "projects/p1/zones/us-central1-a/machineTypes/e2-medium");
    const Json labels{
        {"orch", "1"},
        {"orch-machine", "web1"},
        {"orch-create", "0123456789abcdef"},
        {"team", "a"}};
    CHECK(body["labels"] == labels);
    const Json disk{
        {"boot", true},
        {"autoDelete", true},
        {"type", "PERSISTENT"},
        {"mode", "READ_WRITE"},
        {"initializeParams",
         {{"diskName", "web1-disk"},
          {"sourceImage", "projects/debian-cloud/global/images/debian-13-v1"},
          {"diskSizeGb", "20"},
          {"diskType", "projects/p1/zones/us-central1-a/diskTypes/pd-balanced"},
          {"labels", labels}}}};
    CHECK(body["disks"] == Json::array({disk}));
    CHECK(body["networkInterfaces"][0]["network"] == "projects/p1/global/networks/default");
    CHECK(body["networkInterfaces"][0]["accessConfigs"][0]["type"] == "ONE_TO_ONE_NAT");
    CHECK(body["scheduling"] == Json{{"provisioningModel", "STANDARD"}});
    CHECK(body["serviceAccounts"][0] == Json{{"email", "default"}, {"scopes", {"a", "b"}}});
    CHECK(body["tags"]["items"] == Json::array({"docker-machine"}));
    CHECK(value_of(body["metadata"], "ssh-keys") == "docker-user:ssh-ed25519 AAAA docker-user");
    CHECK(value_of(body["metadata"], "enable-oslogin") == "FALSE");
    CHECK(value_of(body["metadata"], "block-project-ssh-keys") == "TRUE");
    CHECK(value_of(body["metadata"], "user-data") == "#cloud-config\n");
}

TEST_CASE("google: wishes that change the body") {
    auto its = record();
    its["Preemptible"] = true;
    its["UseInternalIPOnly"] = true;
    its["ServiceAccount"] = "none";
    const auto body = google::instance_body(its, plain);
    CHECK(body["scheduling"]["provisioningModel"] == "SPOT");
    CHECK(body["scheduling"]["instanceTerminationAction"] == "STOP");
    CHECK_FALSE(body["networkInterfaces"][0].contains("accessConfigs"));
    CHECK_FALSE(body.contains("serviceAccounts"));
    auto making = plain;
    making.address = "203.0.113.7";
    making.disk_exists = true;
    const auto other = google::instance_body(record(), making);
    CHECK(other["networkInterfaces"][0]["accessConfigs"][0]["natIP"] == "203.0.113.7");
    CHECK(other["disks"][0]["source"] == "projects/p1/zones/us-central1-a/disks/web1-disk");
    CHECK(other["disks"][0]["autoDelete"] == false); // somebody else's
    CHECK_FALSE(other["disks"][0].contains("initializeParams"));
}

TEST_CASE("google: our key joins those that are there, and OS Login goes") {
    const Json metadata{
        {"kind", "compute#metadata"},
        {"fingerprint", "f1"},
        {"items",
         {{{"key", "ssh-keys"}, {"value", "ada:ssh-rsa AAAA ada"}},
          {{"key", "enable-oslogin"}, {"value", "TRUE"}},
          {{"key", "startup-script"}, {"value", "true"}}}}};
    const auto changed = google::with_key(metadata, "docker-user", "ssh-ed25519 BBBB");
    CHECK(changed["fingerprint"] == "f1");
    CHECK(
        value_of(changed, "ssh-keys") ==
        "ada:ssh-rsa AAAA ada\ndocker-user:ssh-ed25519 BBBB docker-user"
    );
    CHECK(value_of(changed, "enable-oslogin") == "FALSE");
    CHECK(value_of(changed, "startup-script") == "true");
    CHECK(changed["items"].size() == 3);
}

TEST_CASE("google: one rule for the world, one for the nodes of a swarm") {
    auto request = request_with({});
    auto its = record();
    its["OpenPorts"] = {"80", "53/udp"};
    auto rules = google::rules_of(its, request);
    REQUIRE(rules.size() == 1);
    const auto body = google::rule_body(rules[0], "projects/p1/global/networks/default");
    CHECK(body["name"] == "docker-machines");
    CHECK(body["sourceRanges"] == Json::array({"0.0.0.0/0"}));
    CHECK(body["targetTags"] == Json::array({"docker-machine"}));
    const Json open = Json::parse(R"([{"IPProtocol": "tcp", "ports": ["22", "2376", "80"]},
                                      {"IPProtocol": "udp", "ports": ["53"]}])");
    CHECK(body["allowed"] == open);

    request.swarm_discovery = "token://1";
    its["SwarmDiscovery"] = "token://1";
    its["Network"] = "other";
    rules = google::rules_of(its, request);
    REQUIRE(rules.size() == 2);
    CHECK(rules[0].name == "docker-machines-other");
    const auto inner = google::rule_body(rules[1], google::network_path(its));
    CHECK(inner["name"] == "docker-machines-swarm-other");
    CHECK(inner["sourceTags"] == inner["targetTags"]);
    CHECK_FALSE(inner.contains("sourceRanges"));
    CHECK(
        google::tags_of(its) == std::vector<std::string>{"docker-machine", "docker-machine-swarm"}
    );
}

TEST_CASE("google: an instance that is open for few does not get the tag of what is open for all") {
    auto its = record();
    its["OpenCIDRs"] = {"198.51.100.0/24", "192.0.2.0/24"};
    its["Tags"] = "web,db";
    const auto rules = google::rules_of(its, request_with({}));
    CHECK(rules.at(0).sources == std::vector<std::string>{"192.0.2.0/24", "198.51.100.0/24"});
    CHECK(rules.at(0).name.starts_with("docker-machines-"));
    CHECK(rules.at(0).tag.starts_with("docker-machine-"));
    CHECK(google::tags_of(its) == std::vector<std::string>{rules.at(0).tag, "web", "db"});
    its["ExternalFirewallRulePrefix"] = "shop";
    CHECK(google::rules_of(its, request_with({})).at(0).name == "shop-external");
    its["Network"] = std::string(63, 'n');
    CHECK(google::rules_of(its, request_with({})).at(0).name.size() <= 63);
}

TEST_CASE("google: a rule gets what is missing, and nothing twice") {
    const auto allowed =
        Json::parse(R"([{"IPProtocol": "tcp", "ports": ["2370-2380"]}, {"IPProtocol": "udp"}])");
    CHECK(google::missing_in(allowed, {{2376, "tcp"}, {53, "udp"}}).empty());
    CHECK(
        google::missing_in(allowed, {{22, "tcp"}, {2376, "tcp"}}) ==
        Json::parse(R"([{"IPProtocol": "tcp", "ports": ["22"]}])")
    );
    CHECK(google::missing_in(Json::parse(R"([{"IPProtocol": "all"}])"), {{22, "tcp"}}).empty());
}

TEST_CASE("google: what a create made is known by its mark or id; docker-machine's by the name") {
    auto its = record();
    CHECK(google::is_own({{"id", "7"}, {"labels", {{"orch-create", "0123456789abcdef"}}}}, its));
    CHECK_FALSE(google::is_own({{"id", "7"}, {"labels", {{"orch-create", "other"}}}}, its));
    CHECK_FALSE(google::is_own({{"id", "7"}}, its));
    its["InstanceID"] = "7";
    CHECK(google::is_own({{"id", "7"}}, its));
    const drivers::Record old{{"MachineName", "web1"}, {"Project", "p1"}};
    CHECK(google::is_own({{"id", "7"}}, old));
}
