#include "lib/fs/files.hpp"
#include "machine/config_file.hpp"
#include "machine/migrate.hpp"
#include "tests/support/child.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace machine = orch::machine;
namespace fs = orch::fs;
using Json = nlohmann::ordered_json;
using orch::machine::Place;
using orch::test::TempDir;
using std::filesystem::path;

namespace {

machine::Machine parsed(const Json& document, const Place& place) {
    return machine::parse_config(document.dump(), place);
}

Json recorded_at(const path& store, const std::string& name) {
    const auto dir = store / "machines" / name;
    return {
        {"ConfigVersion", 3},
        {"Driver",
         {{"MachineName", name},
          {"StorePath", store.string()},
          {"SSHKeyPath", (dir / "id_rsa").string()},
          {"SSHKey", "/home/ada/.ssh/id_ed25519"},
          {"Images", {{{"ISO", (store / "cache" / "boot.iso").string()}}}}}},
        {"HostOptions",
         {{"AuthOptions",
           {{"CertDir", (store / "certs").string()},
            {"CaCertPath", (store / "certs" / "ca.pem").string()},
            {"CaPrivateKeyPath", "/etc/pki/ca-key.pem"},
            {"ServerCertPath", (dir / "server.pem").string()},
            {"StorePath", dir.string()}}}}},
        {"Name", name}};
}

void make_machine_files(const Place& place) {
    fs::make_private_dir(place.dir());
    fs::make_private_dir(place.certs());
    fs::write_atomic(place.dir() / "id_rsa", "key", 0600);
}

} // namespace

TEST_CASE("migrate: a version 0 file, all keys at the top, becomes version 3") {
    const TempDir dir;
    const Place place{dir / "store", "old"};
    const auto old = parsed(
        {{"DriverName", "virtualbox"},
         {"Driver", {{"CPU", 2}, {"DiskID", 9007199254740993}}},
         {"StorePath", "/gone/machine/machines/old"},
         {"CaCertPath", "/gone/machine/certs/ca.pem"},
         {"PrivateKeyPath", "/gone/machine/certs/ca-key.pem"},
         {"ServerCertPath", "/gone/machine/machines/old/server.pem"},
         {"ServerKeyPath", "/gone/machine/machines/old/server-key.pem"},
         {"ClientCertPath", "/gone/machine/certs/cert.pem"},
         {"ClientKeyPath", "/mine/key.pem"},
         {"SwarmHost", "tcp://0.0.0.0:3376"},
         {"SwarmMaster", true},
         {"SwarmDiscovery", "token://00ff"},
         {"HostOptions", {{"EngineOptions", {{"Labels", {"never=used"}}}}}},
         {"Extra", 1}},
        place
    );
    CHECK(old.name == "old");
    CHECK(old.driver == "virtualbox");
    CHECK(old.record["DiskID"].dump() == "9007199254740993");
    CHECK(old.record["StorePath"] == place.store.string());
    auto auth = machine::default_auth(place);
    auth.client_key = "/mine/key.pem";
    CHECK(old.auth == auth);
    CHECK(old.engine == machine::EngineOptions{});
    machine::SwarmOptions swarm;
    swarm.master = true;
    swarm.discovery = "token://00ff";
    CHECK(old.swarm == swarm);
    CHECK(old.raw["HostOptions"]["AuthOptions"]["StorePath"] == place.dir().string());
    CHECK(old.raw["ConfigVersion"] == 3);
    CHECK(old.raw["Extra"] == 1);
    for (const auto* key : {"StorePath", "PrivateKeyPath", "SwarmMaster"})
        CHECK_FALSE(old.raw.contains(key));
}

TEST_CASE("migrate: a version 1 file gets its CA key, certificate directory and machine directory"
) {
    const TempDir dir;
    const Place place{dir / "store", "old"};
    const auto old = parsed(
        {{"ConfigVersion", 1},
         {"DriverName", "generic"},
         {"Driver", {{"MachineName", "old"}}},
         {"StorePath", place.dir().string()},
         {"HostOptions",
          {{"EngineOptions", {{"Labels", {"a=b"}}}},
           {"AuthOptions",
            {{"PrivateKeyPath", "/pki/ca-key.pem"}, {"CaCertPath", "/pki/ca.pem"}}}}}},
        place
    );
    CHECK(old.auth.ca_key == "/pki/ca-key.pem");
    CHECK(old.auth.ca_cert == "/pki/ca.pem");
    CHECK(old.auth.cert_dir == place.certs());
    CHECK(old.engine.labels.size() == 1);
    const auto& auth = old.raw["HostOptions"]["AuthOptions"];
    CHECK(auth["StorePath"] == place.dir().string());
    CHECK_FALSE(auth.contains("PrivateKeyPath"));
    CHECK(old.record["StorePath"] == place.store.string());
    CHECK_FALSE(old.raw.contains("StorePath"));
}

TEST_CASE("migrate: a version 2 file without a store path gets the store it lies in") {
    const TempDir dir;
    const Place place{dir / "store", "old"};
    const auto old = parsed(
        {{"ConfigVersion", 2}, {"DriverName", "none"}, {"Driver", {{"URL", "tcp://192.0.2.1:1"}}}},
        place
    );
    CHECK(old.record["StorePath"] == place.store.string());
    CHECK(old.record["URL"] == "tcp://192.0.2.1:1");
    CHECK(old.auth == machine::default_auth(place));
}

TEST_CASE("relocate: the paths of a moved store point to where it is now") {
    const TempDir dir;
    const Place place{dir / "new", "web1"};
    make_machine_files(place);
    const auto web1 = parsed(recorded_at(dir / "old", "web1"), place);
    CHECK(web1.record["StorePath"] == place.store.string());
    CHECK(web1.record["SSHKeyPath"] == (place.dir() / "id_rsa").string());
    CHECK(web1.record["SSHKey"] == "/home/ada/.ssh/id_ed25519");
    CHECK(web1.record["Images"][0]["ISO"] == (place.store / "cache" / "boot.iso").string());
    CHECK(web1.record["MachineName"] == "web1");
    CHECK(web1.auth.cert_dir == place.certs());
    CHECK(web1.auth.ca_cert == place.certs() / "ca.pem");
    CHECK(web1.auth.ca_key == "/etc/pki/ca-key.pem");
    CHECK(web1.auth.server_cert == place.dir() / "server.pem");
    CHECK(web1.raw["HostOptions"]["AuthOptions"]["StorePath"] == place.dir().string());
}

TEST_CASE("relocate: a copied store uses its own files, though the original is still there") {
    const TempDir dir;
    const Place here{dir / "new", "web1"};
    const Place there{dir / "old", "web1"};
    make_machine_files(here);
    make_machine_files(there);
    const auto web1 = parsed(recorded_at(there.store, "web1"), here);
    CHECK(web1.record["StorePath"] == here.store.string());
    CHECK(web1.record["SSHKeyPath"] == (here.dir() / "id_rsa").string());
    CHECK(web1.auth.cert_dir == here.certs());
    CHECK(web1.auth.server_cert == here.dir() / "server.pem");
}

TEST_CASE("relocate: what was left behind is used there, as long as it can be read") {
    const TempDir dir;
    const Place here{dir / "new", "web1"};
    const Place there{dir / "old", "web1"};
    fs::make_private_dir(here.dir());
    make_machine_files(there);
    auto web1 = parsed(recorded_at(there.store, "web1"), here);
    CHECK(web1.record["SSHKeyPath"] == (there.dir() / "id_rsa").string());
    CHECK(web1.auth.cert_dir == there.certs());
    CHECK(web1.record["StorePath"] == here.store.string());
    CHECK(web1.raw["HostOptions"]["AuthOptions"]["StorePath"] == here.dir().string());

    REQUIRE(::chmod(dir.path().c_str(), 0755) == 0);
    REQUIRE(::chmod(here.store.c_str(), 0755) == 0);
    orch::test::Child other_user([&] {
        constexpr unsigned nobody = 65534;
        if (::geteuid() == 0 && (::setgid(nobody) != 0 || ::setuid(nobody) != 0))
            return 2;
        if (::geteuid() != nobody)
            ::chmod(there.store.c_str(), 0);
        web1 = parsed(recorded_at(there.store, "web1"), here);
        const bool moved = web1.record["SSHKeyPath"] == (here.dir() / "id_rsa").string() &&
                           web1.auth.cert_dir == here.certs();
        ::chmod(there.store.c_str(), 0700);
        return moved ? 0 : 1;
    });
    CHECK(other_user.wait() == 0);
}

TEST_CASE("relocate: an old root with other machines in it does not keep one that left") {
    const TempDir dir;
    const Place place{dir / "new", "web1"};
    make_machine_files(place);
    make_machine_files({dir / "old", "web2"});
    const auto web1 = parsed(recorded_at(dir / "old", "web1"), place);
    CHECK(web1.record["StorePath"] == place.store.string());
    CHECK(web1.record["SSHKeyPath"] == (place.dir() / "id_rsa").string());
}

TEST_CASE("relocate: a renamed directory keeps its machine working") {
    const TempDir dir;
    const Place place{dir / "store", "after"};
    make_machine_files(place);
    const auto after = parsed(recorded_at(place.store, "before"), place);
    CHECK(after.name == "after");
    CHECK(after.record["SSHKeyPath"] == (place.dir() / "id_rsa").string());
    CHECK(after.record["MachineName"] == "before"); // the provider's name for it
    CHECK(after.auth.server_cert == place.dir() / "server.pem");
}

TEST_CASE("relocate: without a root in the record the machine's directory tells") {
    const TempDir dir;
    const Place place{dir / "new", "web1"};
    make_machine_files(place);
    auto document = recorded_at(dir / "old", "web1");
    document["Driver"].erase("StorePath");
    CHECK(parsed(document, place).record["SSHKeyPath"] == (place.dir() / "id_rsa").string());
}

TEST_CASE("relocate: neighbours of the recorded store and odd roots are left alone") {
    const TempDir dir;
    const Place place{dir / "new", "web1"};
    auto document = recorded_at("/gone/store", "web1");
    document["Driver"]["Neighbour"] = "/gone/store2/file";
    document["Driver"]["Escape"] = "/gone/store/../other/file";
    const auto web1 = parsed(document, place);
    CHECK(web1.record["Neighbour"] == "/gone/store2/file");
    CHECK(web1.record["Escape"] == "/gone/store/../other/file");
    for (const auto* root : {"", "/", ".", "relative/store"}) {
        auto odd = recorded_at("/gone/store", "web1");
        odd["Driver"]["StorePath"] = root;
        odd["HostOptions"]["AuthOptions"].erase("StorePath");
        CHECK(parsed(odd, place).record == odd["Driver"]);
    }
}
