// What every driver in the registry promises, whatever it drives.
#include "drivers/registry.hpp"
#include "lib/fs/files.hpp"
#include "tests/contract/fake_cloud.hpp"
#include "tests/support/fake_engine.hpp"
#include "tests/support/fake_qemu.hpp"
#include "tests/support/fake_vbox.hpp"
#include "tests/support/fake_world.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <map>
#include <set>
#include <string>

namespace drivers = orch::drivers;

namespace {

/// Each program's double.
class Programs : public orch::process::Runner {
  public:
    Programs(orch::process::Runner& qemu, orch::process::Runner& virtualbox)
        : qemu_(qemu), virtualbox_(virtualbox) {}

    orch::process::Outcome
    run(const orch::process::Command& command, const std::stop_token& stop) override {
        const bool virtualbox = command.argv.front().ends_with("VBoxManage");
        return (virtualbox ? virtualbox_ : qemu_).run(command, stop);
    }

    int run_attached(const orch::process::Command& command) override {
        return qemu_.run_attached(command);
    }

  private:
    orch::process::Runner& qemu_;
    orch::process::Runner& virtualbox_;
};

/// A world in which every driver of this computer finds what it drives.
struct Providers : orch::test::FakeWorld {
    orch::test::FakeEngine engine;
    orch::test::FakeQemu qemu;
    orch::test::FakeVBox virtualbox;
    Programs programs{qemu, virtualbox};
    orch::World everything{programs, http, ssh, clock};

    Providers() {
        engine.add_image("orch-machine:debian-12");
        http.handler = [this](const orch::http::Request& request) {
            return engine.send(request, {});
        };
    }
};

orch::os::Environment environment(const std::string& name, const std::string& value) {
    return orch::os::Environment(std::map<std::string, std::string, std::less<>>{{name, value}});
}

/// A disk image of this computer, for drivers that would download one.
std::string some_image(const orch::test::TempDir& dir) {
    std::string image(1 << 20, '\0');
    image[510] = '\x55';
    image[511] = '\xaa';
    return dir.write("disk.raw", image).string();
}

/// The options of a driver as a user leaves them, with what none can do without.
drivers::Values some_values(const drivers::Info& info, const orch::test::TempDir& dir) {
    const std::map<std::string, std::string> given{
        {"generic-ip-address", "192.0.2.7"},
        {"url", "tcp://192.0.2.7:2375"},
        {"qemu-image", dir.write("image.qcow2", "an image").string()},
        {"virtualbox-image", some_image(dir)},
        {"virtualbox-no-vtx-check", "true"},
    };
    drivers::Values values;
    for (const auto& option : info.options) {
        const auto found = given.find(option.name);
        const auto& raw = found == given.end() ? option.fallback : found->second;
        values.set(option.name, drivers::value_from_text(option, raw));
    }
    return values;
}

/// A computer that has the programs of all drivers.
drivers::Registry equipped_registry(const orch::test::TempDir& dir) {
    orch::fs::write_atomic(dir.path() / "VBoxManage", "#!/bin/sh\n", 0755);
    const auto place = dir.path().string();
    return drivers::builtin_registry(orch::os::Environment(
        std::map<std::string, std::string, std::less<>>{{"PATH", place}, {"HOME", place}}
    ));
}

} // namespace

TEST_CASE("contract: options are named after their driver, documented, and none belongs to two") {
    const auto registry = drivers::builtin_registry({});
    std::set<std::string> seen;
    for (const auto& row : registry.rows()) {
        CAPTURE(row.info.name);
        CHECK_FALSE(row.info.summary.empty());
        for (const auto& option : row.info.options) {
            CAPTURE(option.name);
            CHECK((option.name.starts_with(row.info.name + "-") || row.info.name == "none"));
            CHECK_FALSE(option.help.empty());
            CHECK(seen.insert(option.name).second);
        }
    }
    CHECK(registry.find("nonsense") == nullptr);
}

TEST_CASE("contract: a record has docker-machine's base fields, no secret, and survives the disk") {
    const orch::test::TempDir programs;
    const auto registry = equipped_registry(programs);
    for (const auto& row : registry.rows()) {
        CAPTURE(row.info.name);
        if (orch::test::FakeCloud::exists(row.info.name))
            continue; // clouds_test.cpp
        Providers fake;
        const orch::test::TempDir dir;
        const auto driver = row.make(
            {.world = fake.everything, .dir = dir.path(), .store = dir.path(), .machine = "web1"}
        );
        const drivers::Request request{.values = some_values(row.info, dir)};
        driver->check(request, fake.job);
        const auto record = driver->create(
            request, [](const auto&) {}, fake.job
        );
        for (const auto* field : {"IPAddress", "MachineName", "SSHUser", "SSHPort", "StorePath"}) {
            CAPTURE(field);
            CHECK(record.contains(field));
        }
        for (const auto& option : row.info.options)
            if (option.secret)
                CHECK(record.dump().find(request.values.text(option.name)) == std::string::npos);
        const auto read_back = drivers::Record::parse(record.dump());
        CHECK(driver->reach(read_back).url == driver->reach(record).url);
        CHECK_FALSE(driver->reach(record).url.empty());
    }
}

TEST_CASE("contract: removing twice is as good as once") {
    const auto registry = drivers::builtin_registry({});
    for (const auto& row : registry.rows()) {
        CAPTURE(row.info.name);
        Providers fake;
        const auto driver =
            row.make({.world = fake.everything, .dir = "/x", .store = "/", .machine = "web1"});
        const drivers::Record record{{"IPAddress", "192.0.2.7"}};
        CHECK_NOTHROW(driver->remove(record, fake.job));
        CHECK_NOTHROW(driver->remove(record, fake.job));
    }
}

TEST_CASE("contract: a create that names no driver gets one that this build has") {
    const auto registry = drivers::builtin_registry({});
    const orch::os::Environment bare;
    CHECK(registry.find(drivers::default_driver(registry, bare)) != nullptr);
    const auto wish = environment("MACHINE_DRIVER", "generic");
    CHECK(drivers::default_driver(registry, wish) == "generic");
}

TEST_CASE("contract: virtualbox is the default where it is installed and known") {
    const orch::test::TempDir dir;
    orch::fs::write_atomic(dir.path() / "VBoxManage", "#!/bin/sh\n", 0755);
    const auto there = environment("PATH", "/nonexistent:" + dir.path().string());
    const auto elsewhere = environment("PATH", "/nonexistent");
    const drivers::Registry known({{.info = {.name = "virtualbox"}}, {.info = {.name = "docker"}}});
    const drivers::Registry unknown({{.info = {.name = "docker"}}});
    CHECK(drivers::default_driver(known, there) == "virtualbox");
    CHECK(drivers::default_driver(known, elsewhere) == "docker");
    CHECK(drivers::default_driver(unknown, there) == "docker");
}
