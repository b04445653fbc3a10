#include "lib/fs/files.hpp"
#include "machine/store.hpp"
#include "tests/support/child.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <set>
#include <signal.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace fs = orch::fs;
namespace stdfs = std::filesystem;
using orch::Kind;
using orch::machine::Machine;
using orch::machine::Store;
using orch::test::Child;
using orch::test::error_of;
using orch::test::Gate;
using orch::test::TempDir;
using std::chrono::milliseconds;
using Names = std::vector<std::string>;

namespace {

using FileStatus = struct stat; // the function of that name hides the type

Machine machine_called(const std::string& name, const Store& store) {
    Machine machine;
    machine.name = name;
    machine.driver = "none";
    machine.record = {{"URL", "tcp://192.0.2.1:2376"}};
    machine.auth = store.default_auth(name);
    return machine;
}

unsigned mode_of(const stdfs::path& file) {
    FileStatus status{};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    return status.st_mode & 07777U;
}

} // namespace

TEST_CASE("store: looking at a store that is not there makes nothing") {
    const TempDir dir;
    const Store store(dir / "store");
    CHECK(store.names().empty());
    CHECK_FALSE(store.exists("web1"));
    const auto error = error_of([&] { return store.load("web1"); });
    CHECK(error.kind() == Kind::not_found);
    CHECK(error.message().starts_with("Docker machine \"web1\" does not exist. "));
    CHECK_FALSE(stdfs::exists(dir / "store"));
}

TEST_CASE("store: a saved machine is loaded again and is private") {
    const TempDir dir;
    const Store store(dir / "store");
    auto web1 = machine_called("web1", store);
    web1.engine.labels = {"zone=north"};
    store.save(web1);
    const auto loaded = store.load("web1");
    CHECK(loaded.record == web1.record);
    CHECK(loaded.engine == web1.engine);
    CHECK(loaded.auth == web1.auth);
    CHECK(mode_of(store.root()) == 0700);
    CHECK(mode_of(store.root() / "machines") == 0700);
    CHECK(mode_of(store.machine_dir("web1")) == 0700);
    CHECK(mode_of(store.machine_dir("web1") / "config.json") == 0600);
    CHECK_FALSE(stdfs::exists(store.machine_dir("web1") / "config.json.bak"));
}

TEST_CASE("store: names come in natural order, only directories without dot or link") {
    const TempDir dir;
    const Store store(dir.path());
    for (const auto* name : {"web10", "web2", "Alpha", "1"})
        store.save(machine_called(name, store));
    fs::make_private_dir(store.machine_dir(".hidden"));
    fs::make_private_dir(store.machine_dir("bare"));
    fs::write_atomic(store.machine_dir("file"), "", 0600);
    stdfs::create_directory_symlink(store.machine_dir("web2"), store.machine_dir("link"));
    CHECK(store.names() == Names{"1", "Alpha", "bare", "web2", "web10"});
    CHECK(store.exists("bare"));
    CHECK(store.exists("link"));
    CHECK(store.load("link").name == "link");
    CHECK_FALSE(store.exists("file"));
    CHECK_FALSE(store.exists(".hidden"));
}

TEST_CASE("store: a path is no name and touches nothing outside") {
    const TempDir dir;
    const Store store(dir / "store");
    store.save(machine_called("web1", store));
    fs::make_private_dir(dir / "x");
    fs::write_atomic(dir.path() / "x" / "config.json", "{}", 0600);
    using std::string_literals::operator""s;
    for (const auto& name :
         {"../../x"s, "../machines/web1"s, "web1/"s, "a/b"s, ""s, "."s, ".."s, "web1\0"s, "/"s}) {
        CHECK_FALSE(store.exists(name));
        CHECK(error_of([&] { return store.load(name); }).kind() == Kind::not_found);
        CHECK(error_of([&] { store.remove(name); }).kind() == Kind::not_found);
        CHECK(error_of([&] {
                  std::ignore = store.lock(name, milliseconds(0), {});
              }).kind() == Kind::not_found);
        CHECK(error_of([&] { store.save(machine_called(name, store)); }).kind() == Kind::invalid);
    }
    CHECK(stdfs::exists(dir.path() / "x" / "config.json"));
    CHECK(store.names() == Names{"web1"});
}

TEST_CASE("store: the directory's name wins over the recorded one") {
    const TempDir dir;
    const Store store(dir.path());
    store.save(machine_called("before", store));
    stdfs::rename(store.machine_dir("before"), store.machine_dir("after"));
    const auto after = store.load("after");
    CHECK(after.name == "after");
    CHECK(after.auth == store.default_auth("after"));
    store.save(after);
    CHECK(
        fs::read_file(store.machine_dir("after") / "config.json").find("before") ==
        std::string::npos
    );
}

TEST_CASE("store: a half-written machine is never loaded, and hurts no other") {
    const TempDir dir;
    const Store store(dir.path());
    store.save(machine_called("good", store));
    const auto file = store.machine_dir("bad") / "config.json";
    fs::make_private_dir(store.machine_dir("bad"));

    const auto bare = error_of([&] { return store.load("bad"); });
    CHECK(bare.kind() == Kind::invalid);
    CHECK(bare.message() == "machine \"bad\" has no " + file.string());
    CHECK(bare.hint() == "orch machine rm -f bad removes what is left");

    const auto whole = fs::read_file(store.machine_dir("good") / "config.json");
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{1}, whole.size() / 2, whole.size() - 1}) {
        fs::write_atomic(file, whole.substr(0, size), 0600);
        const auto error = error_of([&] { return store.load("bad"); });
        CHECK(error.kind() == Kind::invalid);
        CHECK(error.message().starts_with(file.string() + ": "));
        CHECK(error.hint() == "repair the file; orch machine rm -f bad removes what is left");
    }
    CHECK(store.names() == Names{"bad", "good"});
    CHECK(store.load("good").driver == "none");
}

TEST_CASE("store: a file that may not be read is denied, not missing") {
    const TempDir dir;
    const Store store(dir / "store");
    store.save(machine_called("web1", store));
    REQUIRE(::chmod(dir.path().c_str(), 0755) == 0);
    Child child([&] {
        constexpr unsigned nobody = 65534;
        if (::geteuid() == 0) {
            if (::setegid(nobody) != 0 || ::seteuid(nobody) != 0)
                return 2;
        } else {
            ::chmod(store.root().c_str(), 0);
        }
        const bool denied = error_of([&] { return store.load("web1"); }).kind() == Kind::denied &&
                            error_of([&] { return store.names(); }).kind() == Kind::denied;
        ::chmod(store.root().c_str(), 0700);
        return denied ? 0 : 1;
    });
    CHECK(child.wait() == 0);
}

TEST_CASE("store: saving a migrated machine keeps the old file beside the new one") {
    const TempDir dir;
    const Store store(dir.path());
    const std::string old = R"({"ConfigVersion": 2, "DriverName": "none", "Driver": {}})";
    const auto file = store.machine_dir("old") / "config.json";
    fs::make_private_dir(store.machine_dir("old"));
    fs::write_atomic(file, old, 0644);
    const auto machine = store.load("old");
    CHECK(fs::read_file(file) == old); // looking changes nothing
    store.save(machine);
    CHECK(fs::read_file(file.string() + ".bak") == old);
    CHECK(mode_of(file.string() + ".bak") == 0600);
    CHECK(mode_of(file) == 0600);
    store.save(store.load("old"));
    CHECK(fs::read_file(file.string() + ".bak") == old);
}

TEST_CASE("store: every old version is kept as it was when it is replaced") {
    const TempDir dir;
    const Store store(dir.path());
    for (const std::string old :
         {R"({"DriverName": "none", "Driver": {"URL": "tcp://192.0.2.1:1"}, "StorePath": "/x/y/z"})",
          R"({"ConfigVersion": 1, "DriverName": "none", "Driver": {"URL": "tcp://192.0.2.1:1"}})"}) {
        const auto file = store.machine_dir("old") / "config.json";
        fs::make_private_dir(store.machine_dir("old"));
        fs::write_atomic(file, old, 0600);
        store.save(store.load("old"));
        CHECK(fs::read_file(file.string() + ".bak") == old);
        CHECK(fs::read_file(file).find("\"ConfigVersion\": 3") != std::string::npos);
        CHECK(store.load("old").record["URL"] == "tcp://192.0.2.1:1");
        CHECK(store.load("old").record["StorePath"] == store.root().string());
    }
}

TEST_CASE("store: a removed machine is gone with all its files, a link only itself") {
    const TempDir dir;
    const Store store(dir.path());
    store.save(machine_called("web1", store));
    fs::make_private_dir(store.machine_dir("web1") / "web1" / "disks");
    store.save(machine_called("kept", store));
    stdfs::create_directory_symlink(store.machine_dir("kept"), store.machine_dir("link"));
    store.remove("web1");
    store.remove("link");
    CHECK_FALSE(store.exists("web1"));
    CHECK_FALSE(store.exists("link"));
    CHECK(error_of([&] { store.remove("web1"); }).kind() == Kind::not_found);
    CHECK(store.load("kept").name == "kept");
    CHECK(std::distance(stdfs::directory_iterator(store.root() / "machines"), {}) == 1);
}

TEST_CASE("store: what a killed remove left is unseen, and swept by the next one") {
    const TempDir dir;
    const Store store(dir.path());
    store.save(machine_called("web1", store));
    fs::make_private_dir(store.machine_dir(".removed-17") / "disks");
    CHECK(store.names() == Names{"web1"});
    store.remove("web1");
    CHECK(stdfs::is_empty(store.root() / "machines"));
}

TEST_CASE("store: many processes save and load, nobody sees half a machine") {
    const TempDir dir;
    const Store store(dir.path());
    store.save(machine_called("web1", store));
    std::vector<std::unique_ptr<Child>> writers;
    for (int writer = 0; writer < 3; ++writer)
        writers.push_back(std::make_unique<Child>([&, writer] {
            auto web1 = store.load("web1");
            web1.failure = std::string(20'000UL * static_cast<unsigned>(writer + 1), 'x');
            web1.progress = orch::machine::Progress::made;
            for (int i = 0; i < 20; ++i)
                store.save(web1);
            return 0;
        }));
    std::set<std::size_t> seen;
    for (int i = 0; i < 200; ++i)
        seen.insert(store.load("web1").failure.size());
    for (const auto& writer : writers)
        CHECK(writer->wait() == 0);
    for (const auto size : seen)
        CHECK(size % 20'000 == 0);
    CHECK(std::distance(stdfs::directory_iterator(store.machine_dir("web1")), {}) == 1);
}

TEST_CASE("store: processes that remove at the same time do not disturb each other") {
    const TempDir dir;
    const Store store(dir.path());
    constexpr int machines = 12;
    for (int i = 0; i < machines; ++i) {
        const auto name = "m" + std::to_string(i);
        store.save(machine_called(name, store));
        for (int file = 0; file < 50; ++file)
            fs::make_private_dir(store.machine_dir(name) / std::to_string(file) / "deep");
    }
    std::vector<std::unique_ptr<Child>> removers;
    for (int remover = 0; remover < 4; ++remover)
        removers.push_back(std::make_unique<Child>([&, remover] {
            for (int i = remover; i < machines; i += 4)
                store.remove("m" + std::to_string(i));
            return 0;
        }));
    for (const auto& remover : removers)
        CHECK(remover->wait() == 0);
    CHECK(stdfs::is_empty(store.root() / "machines"));
}

TEST_CASE("store: a lock keeps other processes from one machine, not from the rest") {
    const TempDir dir;
    const Store store(dir.path());
    const Gate held;
    const Gate release;
    Child holder([&] {
        const auto lock = store.lock("web1", milliseconds(0), {});
        held.open();
        return release.pass() ? 0 : 1;
    });
    REQUIRE(held.pass());
    const auto error = error_of([&] { return store.lock("web1", milliseconds(0), {}); });
    CHECK(error.kind() == Kind::conflict);
    CHECK(orch::describe(error).starts_with(
        "machine \"web1\": another orch process is working on it: "
    ));
    CHECK(store.is_locked("web1"));
    CHECK_FALSE(store.is_locked("web2"));
    CHECK_FALSE(store.is_locked("../web1"));
    CHECK_FALSE(stdfs::exists(store.root() / "locks" / "web2.lock")); // looking writes nothing
    std::ignore = store.lock("web2", milliseconds(0), {});
    CHECK_FALSE(store.is_locked("web2"));
    std::ignore = store.lock("certs", milliseconds(0), {});
    std::ignore = store.lock_certs({});
    CHECK(store.names().empty()); // locks are no machines
    CHECK(mode_of(store.root() / "locks") == 0700);
    release.open();
    CHECK(holder.wait() == 0);
}
