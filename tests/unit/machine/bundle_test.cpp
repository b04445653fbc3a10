#include "lib/archive/tar_read.hpp"
#include "lib/archive/tar_write.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/fs/files.hpp"
#include "lib/tls/certificate.hpp"
#include "machine/bundle.hpp"
#include "machine/certs.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/fake_world.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <filesystem>
#include <map>
#include <sys/stat.h>

namespace fs = orch::fs;
namespace machine = orch::machine;
namespace stdfs = std::filesystem;
using orch::Kind;
using orch::machine::Store;
using orch::test::error_of;
using orch::test::TempDir;

namespace {

using Entries = std::map<std::string, std::string>;

std::function<std::size_t(std::span<char>)> reader(std::string bytes) {
    return [bytes = std::move(bytes), at = std::size_t{0}](std::span<char> buffer) mutable {
        const auto size = std::min(buffer.size(), bytes.size() - at);
        std::memcpy(buffer.data(), bytes.data() + at, size);
        at += size;
        return size;
    };
}

Entries entries(const std::string& tar) {
    Entries result;
    orch::archive::read_tar(reader(tar), "t", {}, [&](orch::archive::TarFile file) {
        result[file.name] = file.content;
    });
    return result;
}

/// A store of its own in a world of doubles.
struct Place {
    orch::test::FakeWorld fake;
    TempDir dir;
    Store store{dir / "store"};
    orch::drivers::Registry registry{
        {{.info = {.name = "generic", .summary = "", .renames = true}, .make = {}},
         {.info = {.name = "virtualbox", .summary = ""}, .make = {}}}};
    machine::Context context{store, registry, fake.world};

    machine::Import import(const std::string& tar, const std::string& as = "") {
        return machine::import_machines(reader(tar), "a.tar", as, context, fake.job);
    }

    /// With certificates of this store's authority and an SSH key.
    void make(const std::string& name, const std::string& driver = "generic") {
        machine::Machine made;
        made.name = name;
        made.driver = driver;
        made.auth = store.default_auth(name);
        made.record = {
            {"IPAddress", "192.0.2.7"},
            {"MachineName", name},
            {"SSHKeyPath", (store.machine_dir(name) / "id_ed25519").string()},
            {"StorePath", store.root().string()}};
        machine::ensure_authority(store, made.auth, "ada", name, fake.job);
        store.save(made);
        machine::ensure_server_certificate(store, made, "ada", {"192.0.2.7"});
        fs::write_atomic(
            store.machine_dir(name) / "id_ed25519", "-----BEGIN OPENSSH PRIVATE KEY-----\n", 0600
        );
        fs::write_atomic(store.machine_dir(name) / "id_ed25519.pub", "ssh-ed25519 AA\n", 0644);
        fs::write_atomic(
            store.machine_dir(name) / "known_hosts", "192.0.2.7 ssh-ed25519 B\n", 0600
        );
    }

    [[nodiscard]] std::string
    packed(const std::vector<std::string>& names, machine::ExportOptions options = {}) const {
        return machine::export_machines(names, options, store).tar;
    }
};

void check_private(const stdfs::path& dir) {
    for (const auto& entry : stdfs::directory_iterator(dir)) {
        CAPTURE(entry.path());
        CHECK((entry.status().permissions() & stdfs::perms::mask) == stdfs::perms(0600));
    }
    CHECK((stdfs::status(dir).permissions() & stdfs::perms::mask) == stdfs::perms(0700));
}

} // namespace

TEST_CASE("bundle: a machine works in another store with its own certificates") {
    Place here;
    here.make("web1");
    here.make("web2");
    const auto tar = here.packed({"web1", "web2"});
    CHECK(tar == here.packed({"web1", "web2"}));

    Place there;
    there.make("local"); // with an authority of its own
    CHECK(there.import(tar).names == std::vector<std::string>{"web1", "web2"});
    const auto web1 = there.store.load("web1");
    const auto dir = there.store.machine_dir("web1");
    CHECK(web1.record["SSHKeyPath"] == (dir / "id_ed25519").string());
    CHECK(web1.record["StorePath"] == there.store.root().string());
    CHECK(web1.auth.ca_cert == dir / "ca.pem");
    CHECK(web1.auth.client_key == dir / "key.pem");
    CHECK(web1.auth.cert_dir == dir);
    CHECK(fs::read_file(dir / "ca.pem") == fs::read_file(here.store.default_auth("web1").ca_cert));
    CHECK_FALSE(stdfs::exists(dir / "ca-key.pem"));
    check_private(dir);
    CHECK(there.store.names() == std::vector<std::string>{"local", "web1", "web2"});
    for (const auto& entry : stdfs::directory_iterator(there.store.root() / "machines"))
        CHECK_FALSE(entry.path().filename().string().starts_with("."));

    // Good certificates need no key of the authority; new ones say where it is.
    machine::ensure_authority(there.store, web1.auth, "bob", "web1", there.fake.job);
    machine::ensure_server_certificate(there.store, web1, "bob", {"192.0.2.7"});
    const auto error = error_of([&] {
        machine::ensure_server_certificate(there.store, web1, "bob", {"192.0.2.99"});
    });
    CHECK(error.kind() == Kind::not_found);
    CHECK(error.message().find((dir / "ca-key.pem").string()) != std::string::npos);
    CHECK(error.hint().find("--with-ca-key") != std::string::npos);
}

TEST_CASE("bundle: with the authority's key certificates can be renewed elsewhere") {
    Place here;
    here.make("web1");
    Place there;
    there.import(here.packed({"web1"}, {.ca_key = true}));
    const auto web1 = there.store.load("web1");
    machine::ensure_server_certificate(there.store, web1, "bob", {"192.0.2.99"});
    const auto info = orch::tls::inspect(fs::read_file(web1.auth.server_cert), "server.pem");
    CHECK(info.hosts == std::vector<std::string>{"192.0.2.99"});
}

TEST_CASE("bundle: a machine of this store's own authority shares its certificates") {
    Place here;
    here.make("web1");
    const auto tar = here.packed({"web1"});
    CHECK(here.import(tar, "web9").names == std::vector<std::string>{"web9"});
    const auto web9 = here.store.load("web9");
    CHECK(web9.auth == here.store.default_auth("web9"));
    CHECK(web9.record["MachineName"] == "web9");
    CHECK(web9.record["SSHKeyPath"] == (here.store.machine_dir("web9") / "id_ed25519").string());
}

TEST_CASE("bundle: private keys travel only as far as wanted") {
    Place here;
    here.make("web1");
    fs::write_atomic(here.store.machine_dir("web1") / "token", "s3cret", 0600);
    const auto all = entries(here.packed({"web1"}));
    CHECK(all.contains("machines/web1/id_ed25519"));
    CHECK(all.contains("machines/web1/key.pem"));
    CHECK(all.contains("machines/web1/token"));
    CHECK_FALSE(all.contains("machines/web1/ca-key.pem"));

    const auto made = machine::export_machines({"web1"}, {.keys = false}, here.store);
    REQUIRE(made.notes.size() == 1);
    CHECK(made.notes[0].starts_with("private keys are left out: "));
    const auto few = entries(made.tar);
    CHECK(few.contains("machines/web1/config.json"));
    CHECK(few.contains("machines/web1/ca.pem"));
    CHECK(few.contains("machines/web1/known_hosts"));
    CHECK(few.size() == 7); // with the manifest, cert.pem, server.pem and id_ed25519.pub
    CHECK(made.tar.find("PRIVATE KEY") == std::string::npos);
    CHECK(made.tar.find("s3cret") == std::string::npos);

    // What was imported with the key is not passed on without being asked.
    Place there;
    there.import(here.packed({"web1"}, {.ca_key = true}));
    CHECK_FALSE(entries(there.packed({"web1"})).contains("machines/web1/ca-key.pem"));
    CHECK(entries(there.packed({"web1"}, {.ca_key = true})).contains("machines/web1/ca-key.pem"));
}

TEST_CASE("bundle: an SSH key from outside comes along") {
    Place here;
    here.make("web1");
    auto web1 = here.store.load("web1");
    fs::write_atomic(here.dir / "mykey", "-----BEGIN OPENSSH PRIVATE KEY-----\nmine\n", 0600);
    web1.record["SSHKeyPath"] = (here.dir / "mykey").string();
    here.store.save(web1);
    Place there;
    there.import(here.packed({"web1"}));
    const auto file = there.store.machine_dir("web1") / "mykey";
    CHECK(there.store.load("web1").record["SSHKeyPath"] == file.string());
    CHECK(fs::read_file(file) == fs::read_file(here.dir / "mykey"));
}

TEST_CASE("bundle: a name that is taken or cannot change stops all of it") {
    Place here;
    here.make("web1");
    here.make("vm", "virtualbox");
    const auto both = here.packed({"vm", "web1"});
    Place there;
    there.make("web1");
    CHECK(error_of([&] {
              there.import(both);
          }).message() == "Docker machine \"web1\" already exists");
    CHECK(error_of([&] { there.import(both, "x"); }).kind() == Kind::usage);
    CHECK(error_of([&] { there.import(here.packed({"vm"}), "x"); }).kind() == Kind::unsupported);
    CHECK(error_of([&] { there.import(here.packed({"vm"}), "../x"); }).kind() == Kind::invalid);
    CHECK(there.store.names() == std::vector<std::string>{"web1"});
    there.import(here.packed({"vm"}));
    CHECK(there.store.load("vm").driver == "virtualbox");
}

TEST_CASE("bundle: a config that names other places for certificates does not get them") {
    Place here;
    here.make("web1");
    auto files = entries(here.packed({"web1"}));
    auto& config = files["machines/web1/config.json"];
    for (const auto* name :
         {"ca.pem", "ca-key.pem", "cert.pem", "key.pem", "server.pem", "server-key.pem"})
        config = orch::text::replace_all(
            config, (here.store.machine_dir("web1") / name).string(), "/etc/cron.d/evil"
        );
    std::vector<orch::archive::TarMember> members;
    members.push_back({machine::manifest_name, files[machine::manifest_name], 0600});
    for (const auto& [name, content] : files)
        if (name != machine::manifest_name)
            members.push_back({name, content, 0600});
    Place there;
    there.import(orch::archive::tar_of(members));
    const auto dir = there.store.machine_dir("web1");
    const auto auth = there.store.load("web1").auth;
    CHECK(auth.server_key == dir / "server-key.pem");
    CHECK(auth.server_cert == dir / "server.pem");
    CHECK(auth.ca_cert == dir / "ca.pem");
    CHECK(auth.ca_key == dir / "ca-key.pem");
    CHECK(auth.client_key == dir / "key.pem");
    CHECK(fs::read_file(dir / "config.json").find("evil") == std::string::npos);
}

TEST_CASE("bundle: what is no whole export is refused and leaves nothing") {
    Place here;
    here.make("web1");
    const auto tar = here.packed({"web1"});
    Place there;
    const auto refused = [&](const std::string& bytes) {
        const auto error = error_of([&] { there.import(bytes); });
        CHECK(error.kind() == Kind::invalid);
        CHECK(error.message().find("a.tar") != std::string::npos);
        CHECK(there.store.names().empty());
        const auto machines = there.store.root() / "machines";
        CHECK((!stdfs::exists(machines) || stdfs::is_empty(machines)));
        return error.message();
    };
    CHECK(refused("") == "a.tar is empty");
    refused("hello");
    refused(std::string(20'000, 'x'));
    const auto last_byte = tar.find_last_not_of('\0'); // zeros follow to the end
    for (std::size_t size = 512; size <= last_byte; size += 512)
        refused(tar.substr(0, size));
    refused(tar.substr(0, 1500));

    const auto with = [&](const std::string& name, const std::string& content) {
        std::vector<orch::archive::TarMember> members;
        for (const auto& entry : {machine::manifest_name, "machines/web1/config.json"})
            members.push_back({entry, entries(tar)[entry], 0600});
        members.push_back({name, content, 0600});
        return orch::archive::tar_of(members);
    };
    CHECK(refused(with("/etc/passwd", "x")).ends_with("has an absolute name"));
    CHECK(refused(with("machines/web1/../../x", "x")).ends_with("leads out of its place"));
    CHECK(refused(with("machines/web1/.hidden", "x")).ends_with("has no place in a store"));
    CHECK(refused(with("machines/web1/a/b", "x")).ends_with("has no place in a store"));
    CHECK(refused(with("machines/other/config.json", "{}")).ends_with("belongs to no machine of it")
    );
    CHECK(refused(with("machines/web1/disk", std::string(2 << 20, 'x'))).ends_with("is too large"));
    CHECK(refused(with("machines/web1/config.json", "{}")).ends_with("comes twice"));
    CHECK(refused(with("machines/web1/ca.pem", "x")).ends_with("a part of it is lost"));

    const auto manifest = [&](const std::string& text) {
        std::vector<orch::archive::TarMember> members;
        members.push_back({machine::manifest_name, text, 0600});
        members.push_back({"machines/web1/config.json", "{", 0600});
        return orch::archive::tar_of(members);
    };
    refused(manifest("{}"));
    refused(manifest("[]"));
    refused(manifest("nonsense"));
    refused(manifest(R"({"Format":"orch-machines","Version":2,"Machines":[]})"));
    refused(manifest(R"({"Format":"orch-machines","Version":1,"Machines":[]})"));
    refused(manifest(R"({"Format":"orch-machines","Version":1,"Machines":[{"Name":7,"Files":[]}]})")
    );
    const auto broken = error_of([&] {
        there.import(manifest(
            R"({"Format":"orch-machines","Version":1,"Machines":[{"Name":"web1","Files":[]}]})"
        ));
    });
    CHECK(broken.kind() == Kind::invalid);
    CHECK(there.store.names().empty());
}
