// Renaming, and the docker contexts that follow their machine.
#include "lib/base/error.hpp"
#include "lib/fs/files.hpp"
#include "lib/json/json.hpp"
#include "lib/tls/digest.hpp"
#include "machine/docker_context.hpp"
#include "machine/remove.hpp"
#include "machine/rename.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/fake_world.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

namespace drivers = orch::drivers;
namespace fs = orch::fs;
namespace machine = orch::machine;
namespace stdfs = std::filesystem;
using orch::Kind;
using orch::test::error_of;
using Names = std::vector<std::string>;

namespace {

class FakeDriver : public drivers::Driver {
  public:
    void check(const drivers::Request&, orch::Job&) override {}

    drivers::Record
    create(const drivers::Request&, const drivers::Checkpoint&, orch::Job&) override {
        return {};
    }

    drivers::State refresh(drivers::Record&, orch::Job&) override {
        return drivers::State::running;
    }

    void power(drivers::Record&, drivers::Power, orch::Job&) override {}

    void remove(const drivers::Record&, orch::Job&) override {}

    [[nodiscard]] drivers::Reach reach(const drivers::Record& record) const override {
        return {.address = "192.0.2.7", .url = record.value("URL", ""), .ssh = {.host = ""}};
    }
};

struct Fixture {
    orch::test::FakeWorld fake;
    orch::test::TempDir dir;
    machine::Store store{dir / "store"};
    drivers::Registry registry{
        {{.info = {.name = "free", .summary = "", .renames = true},
          .make = [](drivers::Access) { return std::make_unique<FakeDriver>(); }},
         {.info = {.name = "bound", .summary = ""},
          .make = [](drivers::Access) { return std::make_unique<FakeDriver>(); }}}};
    stdfs::path docker = dir / "docker";
    machine::Context context{store, registry, fake.world, docker};

    machine::Machine make(const std::string& name, const std::string& driver = "free") {
        machine::Machine made;
        made.name = name;
        made.driver = driver;
        made.auth = store.default_auth(name);
        made.record = {
            {"MachineName", name},
            {"StorePath", store.root().string()},
            {"SSHKeyPath", (store.machine_dir(name) / "id").string()},
            {"URL", "tcp://192.0.2.7:2376"}};
        store.save(made);
        fs::write_atomic(store.machine_dir(name) / "id", "key", 0600);
        return made;
    }

    machine::Machine rename(const std::string& from, const std::string& to) {
        return machine::rename(from, to, context, fake.job);
    }

    [[nodiscard]] machine::ContextOwner owner(const std::string& name) const {
        return {docker, store.root(), name};
    }

    void write(const std::string& context_name, const machine::Machine& machine) {
        machine::write_context(
            owner(machine.name), context_name, machine, FakeDriver().reach(machine.record)
        );
    }

    [[nodiscard]] stdfs::path meta(const std::string& name) const {
        return docker / "contexts/meta" / orch::tls::sha256_hex(name) / "meta.json";
    }

    [[nodiscard]] stdfs::path tls(const std::string& name) const {
        return docker / "contexts/tls" / orch::tls::sha256_hex(name) / "docker";
    }

    void make_certificates(const std::string& content) const {
        fs::make_private_dir(store.certs_dir());
        for (const auto* name : {"ca.pem", "cert.pem", "key.pem"})
            fs::write_atomic(store.certs_dir() / name, name + content, 0644);
    }
};

} // namespace

TEST_CASE_FIXTURE(Fixture, "rename: name, paths and record follow, nothing of the old name stays") {
    make("web1");
    make("member");
    auto member = store.load("member");
    member.swarm.discovery = "machine://web1";
    store.save(member);
    CHECK(rename("web1", "app").name == "app");
    CHECK(store.names() == Names{"app", "member"});
    const auto app = store.load("app");
    CHECK(app.auth == store.default_auth("app"));
    CHECK(app.record["MachineName"] == "app");
    CHECK(app.record["SSHKeyPath"] == (store.machine_dir("app") / "id").string());
    CHECK(
        fs::read_file(store.machine_dir("app") / "config.json").find("web1") == std::string::npos
    );
    CHECK(store.load("member").swarm.discovery == "machine://app");
}

TEST_CASE_FIXTURE(Fixture, "rename: killed behind the one step that counts, the machine works") {
    make("web1");
    store.rename("web1", "app");
    make("web1"); // the old name was given away meanwhile
    const auto app = store.load("app");
    CHECK(app.auth == store.default_auth("app"));
    CHECK(app.record["SSHKeyPath"] == (store.machine_dir("app") / "id").string());
}

TEST_CASE_FIXTURE(Fixture, "rename: what cannot be is refused and changes nothing") {
    make("web1");
    make("taken");
    make("vm", "bound");
    make("odd", "unknown");
    CHECK(error_of([&] { rename("nosuch", "x"); }).kind() == Kind::not_found);
    CHECK(error_of([&] { rename("web1", "a_b"); }).kind() == Kind::invalid);
    CHECK(error_of([&] { rename("web1", "../x"); }).kind() == Kind::invalid);
    CHECK(error_of([&] { rename("web1", "web1"); }).kind() == Kind::conflict);
    const auto taken = error_of([&] { rename("web1", "taken"); });
    CHECK(taken.kind() == Kind::conflict);
    CHECK(taken.message() == "Docker machine \"taken\" already exists");
    CHECK(error_of([&] { rename("vm", "x"); }).kind() == Kind::unsupported);
    CHECK(error_of([&] { rename("odd", "x"); }).kind() == Kind::unsupported);
    stdfs::create_directory(store.machine_dir("empty"));
    CHECK(error_of([&] { rename("web1", "empty"); }).kind() == Kind::conflict);
    CHECK(store.names() == Names{"empty", "odd", "taken", "vm", "web1"});
    CHECK(store.load("web1").record["MachineName"] == "web1");
}

TEST_CASE_FIXTURE(Fixture, "context: has what the docker client reads, and a mark") {
    const auto web1 = make("web1");
    make_certificates("1");
    write("web1", web1);
    const auto document = orch::json::parse(fs::read_file(meta("web1")), "meta.json");
    CHECK(document["Name"] == "web1");
    CHECK(document["Metadata"]["Description"] == "orch machine web1");
    CHECK(document["Endpoints"]["docker"]["Host"] == "tcp://192.0.2.7:2376");
    CHECK(document["Endpoints"]["docker"]["SkipTLSVerify"] == false);
    CHECK(fs::read_file(tls("web1") / "key.pem") == "key.pem1");
    CHECK(
        (stdfs::status(tls("web1") / "key.pem").permissions() & stdfs::perms::mask) ==
        stdfs::perms(0600)
    );
    CHECK(machine::contexts_of(owner("web1")) == Names{"web1"});
    CHECK(machine::contexts_of(owner("web2")).empty());

    make_certificates("2");
    machine::refresh_contexts(context, web1, fake.job);
    CHECK(fs::read_file(tls("web1") / "ca.pem") == "ca.pem2");
    stdfs::remove_all(store.certs_dir());
    machine::refresh_contexts(context, web1, fake.job);
    CHECK_FALSE(stdfs::exists(tls("web1")));
}

TEST_CASE_FIXTURE(Fixture, "context: those of others are never touched") {
    const auto web1 = make("web1");
    const auto web2 = make("web2");
    const std::string theirs = R"({"Name":"web1","Metadata":{},"Endpoints":{}})";
    fs::make_private_dir(meta("web1").parent_path());
    fs::write_atomic(meta("web1"), theirs, 0600);
    CHECK(error_of([&] { write("web1", web1); }).kind() == Kind::conflict);
    write("mine", web1);
    CHECK(error_of([&] { write("mine", web2); }).kind() == Kind::conflict);
    machine::Store other(dir / "other");
    CHECK(machine::contexts_of({docker, other.root(), "web1"}).empty());
    for (const auto* name : {"default", "", "x", "a b", "-ab", "a/b", "..", "a\n"})
        CHECK(error_of([&] { write(name, web1); }).kind() == Kind::invalid);
    machine::remove("web1", false, context, fake.job);
    CHECK_FALSE(stdfs::exists(meta("mine")));
    CHECK(fs::read_file(meta("web1")) == theirs);
    for (const std::string junk : {"", "{", "[]", "7", R"({"Metadata":[]})", R"({"Name":7})"}) {
        fs::write_atomic(meta("web1"), junk, 0600);
        CHECK(machine::contexts_of(owner("web2")).empty());
        CHECK(error_of([&] { write("web1", web2); }).kind() == Kind::conflict);
    }
}

TEST_CASE_FIXTURE(Fixture, "context: one that was left behind goes with the next removal") {
    write("web1", make("web1"));
    write("web2", make("web2"));
    store.rename("web1", "app"); // and killed then
    make("web3");
    machine::remove("web3", false, context, fake.job);
    CHECK_FALSE(stdfs::exists(meta("web1")));
    CHECK_FALSE(stdfs::exists(tls("web1").parent_path()));
    CHECK(stdfs::exists(meta("web2")));
}

TEST_CASE_FIXTURE(Fixture, "context: follows a rename, unless its new name is taken") {
    write("web1", make("web1"));
    write("extra", store.load("web1"));
    rename("web1", "app");
    CHECK(machine::contexts_of(owner("app")) == Names{"app", "extra"});
    CHECK_FALSE(stdfs::exists(meta("web1")));

    fs::make_private_dir(meta("web2").parent_path());
    fs::write_atomic(meta("web2"), "{}", 0600);
    rename("app", "web2");
    CHECK(fs::read_file(meta("web2")) == "{}");
    CHECK(machine::contexts_of(owner("web2")) == Names{"app", "extra"});
    const auto events = fake.progress.events();
    CHECK(std::any_of(events.begin(), events.end(), [](const auto& event) {
        return event.status == orch::progress::Status::warning;
    }));
}
