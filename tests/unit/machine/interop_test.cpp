// Files that docker-machine 0.16.2 wrote, and what other tools may have put into them.
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/fs/files.hpp"
#include "machine/config_file.hpp"
#include "machine/store.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <sys/resource.h>
#include <sys/stat.h>

namespace fs = orch::fs;
namespace machine = orch::machine;
namespace stdfs = std::filesystem;
using orch::Kind;
using orch::machine::Store;
using orch::test::error_of;
using orch::test::TempDir;

namespace {

/// The recorded file of a machine as it was in a store at `store`.
std::string recorded(const std::string& name, const stdfs::path& store) {
    const auto file = stdfs::path(ORCH_TEST_DATA) / "machine/recorded" / name / "config.json";
    auto text = orch::text::replace_all(fs::read_file(file), "<STORE>", store.string());
    return orch::text::replace_all(std::move(text), "<SSH_KEY>", "/home/ada/.ssh/id_ed25519");
}

stdfs::path put(const Store& store, const std::string& name, std::string_view text) {
    fs::make_private_dir(store.machine_dir(name));
    const auto file = store.machine_dir(name) / "config.json";
    fs::write_atomic(file, text, 0600);
    return file;
}

std::string with(std::string text, std::string_view from, std::string_view to) {
    REQUIRE(text.find(from) != std::string::npos);
    return orch::text::replace_all(std::move(text), from, to);
}

} // namespace

TEST_CASE("interop: recorded files are rewritten byte for byte") {
    const TempDir dir;
    const Store store(dir / "store");
    for (const std::string name : {"h1", "n1", "queenbee"}) {
        CAPTURE(name);
        const auto text = recorded(name, store.root());
        const auto file = put(store, name, text);
        const auto loaded = store.load(name);
        CHECK(loaded.name == name);
        CHECK(loaded.auth == store.default_auth(name));
        CHECK(loaded.progress == machine::Progress::ready);
        store.save(loaded);
        CHECK(fs::read_file(file) == text);
        CHECK_FALSE(stdfs::exists(file.string() + ".bak"));
    }
    CHECK(store.load("h1").driver == "generic");
    CHECK(store.load("n1").record["URL"] == "tcp://10.77.0.13:2375");
    CHECK(store.load("queenbee").swarm.master);
    CHECK(store.load("queenbee").swarm.arbitrary_flags.size() == 1);
}

TEST_CASE("interop: a recorded store that was moved has the paths of its new place") {
    const TempDir dir;
    const Store store(dir / "here");
    for (const std::string name : {"h1", "n1", "queenbee"}) {
        const auto file = put(store, name, recorded(name, "/home/ada/.docker/machine"));
        store.save(store.load(name));
        CHECK(fs::read_file(file) == recorded(name, store.root()));
    }
}

TEST_CASE("interop: a change touches its own line and nothing else, whatever else is in the file") {
    const TempDir dir;
    const Store store(dir / "store");
    auto text = recorded("h1", store.root());
    text = with(text, R"("DriverName": "generic")", R"("DriverName": "acme-cloud")");
    text = with(
        text,
        R"("SSHUser": "root",)",
        "\"Zone\": null,\n        \"Price\": 1.10,\n        \"Serial\": 123456789012345678901234,\n"
        "        \"Id\": 9007199254740993,\n        \"Ratio\": 1e-3,\n        \"SSHUser\": "
        "\"root\","
    );
    text =
        with(text, R"("Memory": 0,)", "\"CustomInstallScript\": \"x.sh\",\n        \"Memory\": 0,");
    text =
        with(text, R"("GraphDir": "",)", "\"LiveRestore\": {},\n            \"GraphDir\": \"\",");
    text = with(text, R"("Heartbeat": 0,)", R"("Heartbeat": 12345678901234567890,)");
    text = with(text, R"("Overcommit": 0,)", R"("Overcommit": 0.050,)");
    text = with(text, "    \"Name\": \"h1\"", "    \"RawDriver\": \"e30=\",\n    \"Name\": \"h1\"");
    const auto file = put(store, "h1", text);
    auto h1 = store.load("h1");
    store.save(h1);
    CHECK(fs::read_file(file) == text);
    h1.engine.storage_driver = "btrfs";
    store.save(h1);
    CHECK(
        fs::read_file(file) == with(text, R"("StorageDriver": "")", R"("StorageDriver": "btrfs")")
    );
}

TEST_CASE("interop: the order of the file's keys stays, missing ones come where they belong") {
    const TempDir dir;
    const Store store(dir / "store");
    const auto file =
        put(store,
            "web1",
            R"({"Name": "web1", "HostOptions": {"AuthOptions": {}, "MachineOS": "linux", "disk": 7},
            "drivername": "none", "ConfigVersion": 3})");
    store.save(store.load("web1"));
    const auto written = nlohmann::ordered_json::parse(fs::read_file(file));
    std::string keys;
    for (const auto& [key, value] : written.items())
        keys += key + " ";
    CHECK(keys == "Name HostOptions DriverName ConfigVersion Driver ");
    keys.clear();
    for (const auto& [key, value] : written["HostOptions"].items())
        keys += key + " ";
    CHECK(keys == "Driver Memory AuthOptions MachineOS Disk EngineOptions SwarmOptions ");
    CHECK(written["HostOptions"]["Disk"] == 7);
}

TEST_CASE("interop: what lies in the place of a config.json is named and hurts no other machine") {
    const TempDir dir;
    const Store store(dir / "store");
    put(store, "good", recorded("n1", store.root()));
    const auto said = [&](const std::string& name) {
        const auto error = error_of([&] { return store.load(name); });
        CHECK((error.kind() == Kind::invalid || error.kind() == Kind::denied));
        CHECK(
            error.message().find((store.machine_dir(name) / "config.json").string()) !=
            std::string::npos
        );
        CHECK(error.hint().find("orch machine rm -f " + name) != std::string::npos);
        return error.message();
    };
    put(store,
        "garbage",
        std::string(
            "\x7f"
            "ELF\0\xff\xfe{}\"",
            10
        ));
    CHECK(said("garbage").find("byte 1: ") != std::string::npos);
    put(store, "text", "{\n    \"ConfigVersion\": 3,\n    \"Driver\": {\xff}\n}");
    CHECK(said("text").find("(line 3, column 16): ") != std::string::npos);
    fs::make_private_dir(store.machine_dir("folder") / "config.json");
    CHECK(said("folder").ends_with("is no file"));
    for (const std::string name : {"loop", "pipe", "dangling"})
        fs::make_private_dir(store.machine_dir(name));
    stdfs::create_symlink("config.json", store.machine_dir("loop") / "config.json");
    CHECK(said("loop").find("Too many levels of symbolic links") != std::string::npos);
    REQUIRE(::mkfifo((store.machine_dir("pipe") / "config.json").c_str(), 0600) == 0);
    CHECK(said("pipe").ends_with("is no file"));
    stdfs::create_symlink("/nowhere/at/all", store.machine_dir("dangling") / "config.json");
    CHECK(said("dangling").starts_with("machine \"dangling\" has no "));
    put(store, "huge", "");
    stdfs::resize_file(store.machine_dir("huge") / "config.json", std::uintmax_t{1} << 32);
    CHECK(said("huge").ends_with("is too large for a config.json"));
    CHECK(store.names().size() == 8);
    CHECK(store.load("good").driver == "none");
}

TEST_CASE("interop: a save that fails leaves the old file and nothing else") {
    const TempDir dir;
    const Store store(dir / "store");
    const auto text = recorded("n1", store.root());
    const auto file = put(store, "n1", text);
    auto n1 = store.load("n1");
    n1.failure = std::string(100'000, 'x');
    n1.progress = machine::Progress::made;

    struct rlimit before {};

    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    const auto old_action = ::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{.rlim_cur = 8192, .rlim_max = before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    const auto error = error_of([&] { store.save(n1); });
    ::setrlimit(RLIMIT_FSIZE, &before);
    ::signal(SIGXFSZ, old_action);
    CHECK(error.message() == "cannot write " + file.string() + ": File too large");
    CHECK(fs::read_file(file) == text);
    CHECK(std::distance(stdfs::directory_iterator(file.parent_path()), {}) == 1);
}
