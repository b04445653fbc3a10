#include "drivers/kit/seed.hpp"
#include "lib/base/base64.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <map>

namespace kit = orch::drivers::kit;
using Json = nlohmann::json;

namespace {

std::map<std::string, std::string> files_of(const kit::Seed& seed) {
    std::map<std::string, std::string> files;
    for (auto& [name, content] : kit::seed_files(seed))
        files[name] = content;
    return files;
}

const kit::Seed plain{
    .machine = "web1", .user = "orch", .public_key = "ssh-ed25519 AAAA web1\n", .interfaces = {}};

/// The body of a "#cloud-config" document; YAML takes JSON as it is.
Json config_in(const std::string& document) {
    const std::string first_line = "#cloud-config\n";
    REQUIRE(document.starts_with(first_line));
    return Json::parse(document.substr(first_line.size()));
}

} // namespace

TEST_CASE("seed: host name, user and key, and a new instance each time") {
    auto files = files_of(plain);
    CHECK(files.size() == 2);
    const auto meta = Json::parse(files["meta-data"]);
    CHECK(meta["local-hostname"] == "web1");
    CHECK(meta["instance-id"] != Json::parse(files_of(plain)["meta-data"])["instance-id"]);
    const auto config = config_in(files["user-data"]);
    const auto& user = config["users"][0];
    CHECK(user["name"] == "orch");
    CHECK(user["ssh_authorized_keys"][0] == "ssh-ed25519 AAAA web1");
    CHECK(user["sudo"] == "ALL=(ALL) NOPASSWD:ALL");
    CHECK(user["primary_group"] == "orch"); // which useradd wants to be there
    CHECK(config["groups"] == Json::array({"orch"}));
    CHECK(config["disable_root"] == true);
    CHECK(config["ssh_pwauth"] == false);
    CHECK_FALSE(config.contains("runcmd"));
}

TEST_CASE("seed: root as the user may log in") {
    auto seed = plain;
    seed.user = "root";
    const auto config = config_in(files_of(seed)["user-data"]);
    CHECK(config["disable_root"] == false);
    CHECK_FALSE(config["users"][0].contains("sudo"));
    CHECK_FALSE(config.contains("groups"));
}

TEST_CASE("seed: interfaces are told apart by their MAC addresses") {
    auto seed = plain;
    seed.interfaces = {
        {.mac = "52:54:00:AB:cd:ef"},
        {.mac = "08:00:27:00:00:01", .routes = false},
        {.mac = "08:00:27:00:00:02", .address = "10.0.0.7/24"},
        {.mac = "08:00:27:00:00:03", .address = "10.0.1.7/24", .gateway = "10.0.1.1"},
    };
    const auto config = Json::parse(files_of(seed)["network-config"]);
    CHECK(config["version"] == 2);
    const auto& nics = config["ethernets"];
    CHECK(nics["nic0"]["match"]["macaddress"] == "52:54:00:ab:cd:ef");
    CHECK(nics["nic0"]["dhcp4"] == true);
    CHECK_FALSE(nics["nic0"].contains("dhcp4-overrides"));
    CHECK(nics["nic1"]["dhcp4-overrides"]["use-routes"] == false);
    CHECK(nics["nic2"]["addresses"] == Json::array({"10.0.0.7/24"}));
    CHECK(nics["nic2"]["dhcp4"] == false);
    CHECK_FALSE(nics["nic2"].contains("routes"));
    CHECK(nics["nic3"]["routes"][0]["via"] == "10.0.1.1");
    CHECK(nics["nic3"]["nameservers"]["addresses"] == Json::array({"10.0.1.1"}));
}

TEST_CASE("seed: a data disk is handed to a script as its argument") {
    auto seed = plain;
    seed.data_disk = "/dev/sdb";
    const auto command = config_in(files_of(seed)["user-data"])["runcmd"][0];
    CHECK(command[0] == "sh");
    CHECK(command[2].get<std::string>().find("mkfs.ext4") != std::string::npos);
    CHECK(command[4] == "/dev/sdb");
}

TEST_CASE("seed: the user's own data is a second part, byte for byte") {
    auto seed = plain;
    seed.user_data = "#!/bin/sh\necho '--orch-seed-boundary--' \xC3\xA4\n";
    const auto document = files_of(seed)["user-data"];
    CHECK(document.starts_with("Content-Type: multipart/mixed; boundary=\""));
    std::vector<std::string> bodies;
    for (auto at = document.find("\n\n"); at != std::string::npos;
         at = document.find("\n\n", at + 2))
        bodies.push_back(orch::base64::decode(document.substr(at + 2)));
    REQUIRE(bodies.size() == 3); // the preamble has none
    CHECK(config_in(bodies[1])["users"][0]["name"] == "orch");
    CHECK(bodies[2] == seed.user_data);
}

TEST_CASE("seed: the image carries the files under cloud-init's label") {
    const auto image = kit::seed_image(plain);
    CHECK(image.find("cidata") != std::string::npos);
    CHECK(image.find("ssh-ed25519 AAAA web1") != std::string::npos);
}
