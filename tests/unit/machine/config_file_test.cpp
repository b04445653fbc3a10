#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "machine/config_file.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string>

namespace machine = orch::machine;
using orch::Error;
using orch::Kind;
using Json = nlohmann::ordered_json;

namespace {

const machine::Place place{"/home/ada/.docker/machine", "web1"};

/// A file as docker-machine leaves it, with a mark where a test puts its own.
const std::string file_text = R"({
    "ConfigVersion": 3,
    "Driver": {
        "IPAddress": "192.0.2.7",
        "MachineName": "web1",
        "SSHUser": "ops",
        "SSHPort": 2222,
        "SSHKeyPath": "/home/ada/.docker/machine/machines/web1/id_rsa",
        "StorePath": "/home/ada/.docker/machine",
        "SwarmMaster": true,
        "SwarmHost": "tcp://0.0.0.0:3376",
        "SwarmDiscovery": "token://00ff",
        "VolumeID": 9007199254740993,
        "Token": "a\u003cb\u003e\u0026",
        "Tags": null
    },
    "DriverName": "example",
    "HostOptions": {
        "Driver": "",
        "Memory": 0,
        "Disk": 0,
        "EngineOptions": {
            "ArbitraryFlags": [
                "log-driver=journald"
            ],
            "Dns": null,
            "GraphDir": "/srv/docker",
            "Env": [
                "HTTPS_PROXY=http://proxy.example:3128"
            ],
            "Ipv6": true,
            "InsecureRegistry": [],
            "Labels": [
                "zone=north"
            ],
            "LogLevel": "warn",
            "StorageDriver": "overlay2",
            "SelinuxEnabled": false,
            "TlsVerify": true,
            "RegistryMirror": null,
            "InstallURL": "https://get.example.org"
        },
        "SwarmOptions": {
            "IsSwarm": true,
            "Address": "192.0.2.7",
            "Discovery": "token://00ff",
            "Agent": true,
            "Master": true,
            "Host": "tcp://0.0.0.0:4000",
            "Image": "swarm:1.2.9",
            "Strategy": "binpack",
            "Heartbeat": 5,
            "Overcommit": 0.05,
            "ArbitraryFlags": [
                "heartbeat=5s"
            ],
            "ArbitraryJoinFlags": [],
            "Env": null,
            "IsExperimental": true
        },
        "AuthOptions": {
            "CertDir": "/home/ada/.docker/machine/certs",
            "CaCertPath": "/home/ada/.docker/machine/certs/ca.pem",
            "CaPrivateKeyPath": "/home/ada/.docker/machine/certs/ca-key.pem",
            "CaCertRemotePath": "",
            "ServerCertPath": "/home/ada/.docker/machine/machines/web1/server.pem",
            "ServerKeyPath": "/home/ada/.docker/machine/machines/web1/server-key.pem",
            "ClientKeyPath": "/home/ada/.docker/machine/certs/key.pem",
            "ServerCertRemotePath": "",
            "ServerKeyRemotePath": "",
            "ClientCertPath": "/home/ada/.docker/machine/certs/cert.pem",
            "ServerCertSANs": [
                "web1.example.org"
            ],
            "StorePath": "/home/ada/.docker/machine/machines/web1"
        }
    },
    "Name": "web1"
})";

std::string replaced(std::string_view from, std::string_view to) {
    REQUIRE(file_text.find(from) != std::string::npos);
    return orch::text::replace_all(file_text, from, to);
}

std::string failure(const std::string& text) {
    try {
        machine::parse_config(text, place);
    } catch (const Error& error) {
        CHECK(error.kind() == Kind::invalid);
        return error.message();
    }
    return "nothing was thrown";
}

const std::string prefix = "/home/ada/.docker/machine/machines/web1/config.json: ";

} // namespace

TEST_CASE("config: every value has its member") {
    const auto web1 = machine::parse_config(file_text, place);
    CHECK(web1.name == "web1");
    CHECK(web1.driver == "example");
    CHECK(web1.record["IPAddress"] == "192.0.2.7");
    CHECK(
        web1.engine ==
        machine::EngineOptions{
            .arbitrary_flags = {"log-driver=journald"},
            .env = {"HTTPS_PROXY=http://proxy.example:3128"},
            .insecure_registry = {},
            .labels = {"zone=north"},
            .registry_mirror = {},
            .storage_driver = "overlay2",
            .install_url = "https://get.example.org",
        }
    );
    CHECK(
        web1.swarm ==
        machine::SwarmOptions{
            .is_swarm = true,
            .agent = true,
            .master = true,
            .experimental = true,
            .address = "192.0.2.7",
            .discovery = "token://00ff",
            .host = "tcp://0.0.0.0:4000",
            .image = "swarm:1.2.9",
            .strategy = "binpack",
            .arbitrary_flags = {"heartbeat=5s"},
            .arbitrary_join_flags = {},
        }
    );
    auto auth = machine::default_auth(place);
    auth.server_sans = {"web1.example.org"};
    CHECK(web1.auth == auth);
    CHECK(web1.progress == machine::Progress::ready);
    CHECK(web1.failure.empty());
}

TEST_CASE("config: what was read is written back byte for byte") {
    CHECK(machine::format_config(machine::parse_config(file_text, place), place) == file_text);
}

TEST_CASE("config: a changed member changes its own line") {
    auto web1 = machine::parse_config(file_text, place);
    web1.engine.storage_driver = "btrfs";
    web1.record["SSHPort"] = 22;
    web1.auth.client_key = "/elsewhere/key.pem";
    web1.engine.registry_mirror = {"https://mirror.example"};
    auto expected = replaced("\"overlay2\"", "\"btrfs\"");
    expected = orch::text::replace_all(expected, "2222", "22");
    expected = orch::text::replace_all(
        expected, "/home/ada/.docker/machine/certs/key.pem", "/elsewhere/key.pem"
    );
    expected = orch::text::replace_all(
        expected,
        "\"RegistryMirror\": null",
        "\"RegistryMirror\": [\n                \"https://mirror.example\"\n            ]"
    );
    CHECK(machine::format_config(web1, place) == expected);
}

TEST_CASE("config: a new machine has docker-machine's keys in its order") {
    machine::Machine fresh;
    fresh.name = "web1";
    fresh.driver = "none";
    fresh.record = {{"URL", "tcp://192.0.2.9:2375"}};
    fresh.auth = machine::default_auth(place);
    const auto written = Json::parse(machine::format_config(fresh, place));
    const auto model = Json::parse(file_text);
    const std::function<void(const Json&, const Json&)> same_keys = [&](const auto& a,
                                                                        const auto& b) {
        REQUIRE(a.size() == b.size());
        for (auto x = a.begin(), y = b.begin(); x != a.end(); ++x, ++y) {
            CHECK(x.key() == y.key());
            if (x->is_object() && x.key() != "Driver")
                same_keys(*x, *y);
        }
    };
    same_keys(written, model);
    CHECK(written["Driver"].dump() == R"({"URL":"tcp://192.0.2.9:2375"})");
    const auto& host = written["HostOptions"];
    CHECK(
        host["EngineOptions"].dump() ==
        R"({"ArbitraryFlags":[],"Dns":null,"GraphDir":"","Env":[],"Ipv6":false,)"
        R"("InsecureRegistry":[],"Labels":[],"LogLevel":"","StorageDriver":"",)"
        R"("SelinuxEnabled":false,"TlsVerify":true,"RegistryMirror":[],)"
        R"("InstallURL":"https://get.docker.com"})"
    );
    CHECK(
        host["SwarmOptions"].dump() ==
        R"({"IsSwarm":false,"Address":"","Discovery":"","Agent":false,"Master":false,)"
        R"("Host":"tcp://0.0.0.0:3376","Image":"swarm:latest","Strategy":"spread","Heartbeat":0,)"
        R"("Overcommit":0,"ArbitraryFlags":[],"ArbitraryJoinFlags":[],"Env":null,)"
        R"("IsExperimental":false})"
    );
    CHECK(host["AuthOptions"]["StorePath"] == place.dir().string());
    CHECK(host["AuthOptions"]["CaCertPath"] == "/home/ada/.docker/machine/certs/ca.pem");
    const auto again = machine::parse_config(written.dump(), place);
    CHECK(again.auth == fresh.auth);
    CHECK(again.swarm == fresh.swarm);
    CHECK(again.engine == fresh.engine);
}

TEST_CASE("config: keys that nobody knows survive wherever they stand") {
    auto text = replaced("\"Name\": \"web1\"", "\"Name\": \"web1\",\n    \"RawDriver\": \"e30=\"");
    text = orch::text::replace_all(
        text, "\"Disk\": 0,", "\"Disk\": 0,\n        \"CustomInstallScript\": \"x.sh\","
    );
    auto web1 = machine::parse_config(text, place);
    web1.swarm.is_swarm = false;
    const auto written = Json::parse(machine::format_config(web1, place));
    CHECK(written["RawDriver"] == "e30=");
    CHECK(written["HostOptions"]["CustomInstallScript"] == "x.sh");
    CHECK(written["HostOptions"]["SwarmOptions"]["IsSwarm"] == false);
}

TEST_CASE("config: keys are found in any order and case, null means the standard") {
    const auto web1 = machine::parse_config(
        R"({"name": "x", "hostoptions": {"swarmOptions": null, "ENGINEOPTIONS": {"labels": ["a=b"]}},
            "driverName": "none", "driver": null, "configversion": 3})",
        place
    );
    CHECK(web1.name == "web1");
    CHECK(web1.driver == "none");
    CHECK(web1.record == Json::object());
    CHECK(web1.engine.labels == std::vector<std::string>{"a=b"});
    CHECK(web1.engine.install_url == "https://get.docker.com");
    CHECK(web1.swarm == machine::SwarmOptions{});
    CHECK(web1.auth == machine::default_auth(place));
    const auto written = Json::parse(machine::format_config(web1, place));
    CHECK(written.size() == 5);
    CHECK(written["HostOptions"]["EngineOptions"]["Labels"][0] == "a=b");
    CHECK(written["Name"] == "web1");
}

TEST_CASE("config: how far create came is kept until the machine is ready") {
    auto web1 = machine::parse_config(file_text, place);
    web1.progress = machine::Progress::made;
    web1.failure = "no route to host";
    const auto text = machine::format_config(web1, place);
    CHECK(text.ends_with(R"(
    "Name": "web1",
    "Orch": {
        "Progress": "made",
        "Failure": "no route to host"
    }
})"));
    auto again = machine::parse_config(text, place);
    CHECK(again.progress == machine::Progress::made);
    CHECK(again.failure == "no route to host");
    again.progress = machine::Progress::creating;
    again.failure = "";
    again = machine::parse_config(machine::format_config(again, place), place);
    CHECK(again.progress == machine::Progress::creating);
    CHECK(again.failure.empty());
    again.progress = machine::Progress::ready;
    CHECK(machine::format_config(again, place) == file_text);
}

TEST_CASE("config: what a driver notes beside its record stays out of the Driver object") {
    auto web1 = machine::parse_config(file_text, place);
    const auto key = web1.record["SSHKeyPath"];
    web1.record[orch::drivers::beside_record] = {{"Way", "tcp://192.0.2.8:2376"}, {"Key", key}};
    const auto text = machine::format_config(web1, place);
    CHECK(text.ends_with(R"(
    "Orch": {
        "Driver": {
            "Way": "tcp://192.0.2.8:2376",
            "Key": "/home/ada/.docker/machine/machines/web1/id_rsa"
        }
    }
})"));
    CHECK(Json::parse(text)["Driver"] == Json::parse(file_text)["Driver"]);
    CHECK(machine::parse_config(text, place).record == web1.record);
    const auto moved = machine::parse_config(text, {"/srv/store", "web1"});
    CHECK(moved.record[orch::drivers::beside_record]["Key"] == "/srv/store/machines/web1/id_rsa");
    web1.record.erase(orch::drivers::beside_record);
    CHECK(machine::format_config(web1, place) == file_text);
}

TEST_CASE("config: an unknown word for progress promises nothing") {
    const auto text = replaced("\"Name\"", "\"Orch\": {\"Progress\": \"polished\"}, \"Name\"");
    CHECK(machine::parse_config(text, place).progress == machine::Progress::creating);
}

TEST_CASE("config: a broken file is named, with the place and the reason") {
    CHECK(failure("") == prefix + "it is empty");
    CHECK(
        failure(file_text.substr(0, 100)) ==
        prefix + "byte 101 (line 5, column 25): invalid string: missing closing quote"
    );
    CHECK(failure("[]") == prefix + "it holds no JSON object");
    CHECK(failure("null") == prefix + "it holds no JSON object");
    CHECK(failure(replaced("\"example\"", "17")) == prefix + "DriverName is not text");
    CHECK(failure(R"({"ConfigVersion": 3, "Driver": "x"})") == prefix + "Driver is not an object");
    CHECK(
        failure(R"({"ConfigVersion": 3, "HostOptions": []})") ==
        prefix + "HostOptions is not an object"
    );
    CHECK(
        failure(R"({"ConfigVersion": 3, "HostOptions": {"AuthOptions": 1}})") ==
        prefix + "HostOptions.AuthOptions is not an object"
    );
    CHECK(
        failure(replaced("\"IsSwarm\": true", "\"IsSwarm\": 1")) ==
        prefix + "HostOptions.SwarmOptions.IsSwarm is not true or false"
    );
    CHECK(
        failure(replaced("[\n                \"zone=north\"", "[ 1")) ==
        prefix + "HostOptions.EngineOptions.Labels holds something that is not text"
    );
    CHECK(
        failure(replaced("\"overlay2\"", "[]")) ==
        prefix + "HostOptions.EngineOptions.StorageDriver is not text"
    );
    CHECK(failure(R"({"ConfigVersion": "3"})") == prefix + "ConfigVersion is not a version number");
    CHECK(failure(R"({"ConfigVersion": -1})") == prefix + "ConfigVersion is not a version number");
    CHECK(failure(R"({"ConfigVersion": 3, "Orch": 1})") == prefix + "Orch is not an object");
}

TEST_CASE("config: a version from the future is refused with docker-machine's words") {
    try {
        machine::parse_config(R"({"ConfigVersion": 4})", place);
        FAIL("it was accepted");
    } catch (const Error& error) {
        CHECK(
            error.message() ==
            prefix + "config version is from the future: it is 4, this program knows 3 and older"
        );
        CHECK(error.hint() == "use the newer program that wrote the file, or upgrade this one");
    }
}
