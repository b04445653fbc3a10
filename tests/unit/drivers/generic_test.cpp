#include "drivers/generic/generic.hpp"
#include "drivers/registry.hpp"
#include "lib/base/error.hpp"
#include "lib/fs/files.hpp"
#include "tests/support/fake_world.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <filesystem>

namespace drivers = orch::drivers;

namespace {

drivers::Request request_with(const std::string& address, const std::string& key) {
    drivers::Request request;
    request.values.set("generic-ip-address", address);
    request.values.set("generic-ssh-user", std::string("admin"));
    request.values.set("generic-ssh-key", key);
    request.values.set("generic-ssh-port", 2222);
    request.values.set("generic-engine-port", 2376);
    return request;
}

struct Fixture {
    orch::test::FakeWorld fake;
    orch::test::TempDir dir;
    std::filesystem::path machine_dir = dir.path() / "machines" / "web1";
    drivers::generic::Driver driver{
        {.world = fake.world, .dir = machine_dir, .store = dir.path(), .machine = "web1"}};

    Fixture() { std::filesystem::create_directories(machine_dir); }
};

} // namespace

TEST_CASE_FIXTURE(Fixture, "generic: the address is required, by docker-machine's words") {
    CHECK_THROWS_WITH_AS(
        driver.check(request_with("", ""), fake.job),
        "generic driver requires the --generic-ip-address option",
        orch::Error
    );
}

TEST_CASE_FIXTURE(Fixture, "generic: a key that does not exist is found before anything is made") {
    CHECK_THROWS_WITH_AS(
        driver.check(request_with("192.0.2.7", "/no/such/key"), fake.job),
        "SSH key does not exist: \"/no/such/key\"",
        orch::Error
    );
}

TEST_CASE_FIXTURE(
    Fixture, "generic: create copies the key pair, private, and records how to log in"
) {
    const auto key = dir.path() / "mykey";
    orch::fs::write_atomic(key, "PRIVATE\n", 0644);
    orch::fs::write_atomic(key.string() + ".pub", "PUBLIC\n", 0644);
    const auto record = driver.create(
        request_with("192.0.2.7", key), [](const auto&) {}, fake.job
    );

    const auto copy = machine_dir / "mykey";
    CHECK(orch::fs::read_file(copy) == "PRIVATE\n");
    CHECK(orch::fs::read_file(copy.string() + ".pub") == "PUBLIC\n");
    CHECK(
        std::filesystem::status(copy).permissions() ==
        (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write)
    );
    const auto reach = driver.reach(record);
    CHECK(reach.url == "tcp://192.0.2.7:2376");
    CHECK(reach.ssh.user == "admin");
    CHECK(reach.ssh.port == 2222);
    CHECK(reach.ssh.key == copy);
    CHECK(reach.ssh.known_hosts == machine_dir / "known_hosts");
}

TEST_CASE_FIXTURE(Fixture, "generic: a port nobody listens on is a stopped host") {
    drivers::Record record{{"IPAddress", "127.0.0.1"}, {"SSHPort", 1}};
    CHECK(driver.refresh(record, fake.job) == drivers::State::stopped);
}

TEST_CASE_FIXTURE(
    Fixture, "generic: a restart is done over SSH, and a connection that breaks is success"
) {
    drivers::Record record{{"IPAddress", "127.0.0.1"}, {"SSHPort", 1}}; // nobody listens there
    fake.ssh.answer("shutdown -r now", {});
    driver.power(record, drivers::Power::restart, fake.job);
    CHECK(fake.ssh.addresses().at(0).host == "127.0.0.1");
    CHECK_THROWS_WITH_AS(
        driver.power(record, drivers::Power::stop, fake.job),
        "generic driver does not support stop",
        orch::Error
    );
}

TEST_CASE("option: text from the environment becomes a value of the declared kind, or a usage error"
) {
    const drivers::Option port{.name = "x-port", .kind = drivers::OptionKind::integer};
    CHECK(std::get<std::int64_t>(drivers::value_from_text(port, "0x10")) == 16);
    CHECK_THROWS_AS(drivers::value_from_text(port, "22a"), orch::Error);
    const drivers::Option list{.name = "x-list", .kind = drivers::OptionKind::list};
    CHECK(
        std::get<std::vector<std::string>>(drivers::value_from_text(list, "a, b,,c")) ==
        std::vector<std::string>{"a", "b", "c"}
    );
}

TEST_CASE("option: where there is a choice, nothing else is taken unless the option says so") {
    drivers::Option accel{.name = "x-accel", .choices = {"kvm", "tcg"}};
    CHECK(std::get<std::string>(drivers::value_from_text(accel, "tcg")) == "tcg");
    CHECK_THROWS_WITH_AS(
        drivers::value_from_text(accel, "xen"),
        "--x-accel takes one of kvm, tcg, not \"xen\"",
        orch::Error
    );
    accel.open_ended = true;
    CHECK(std::get<std::string>(drivers::value_from_text(accel, "xen")) == "xen");
}

TEST_CASE("none: the engine is its URL, and there is no host to start") {
    orch::test::FakeWorld fake;
    const auto registry = drivers::builtin_registry({});
    const auto driver = registry.find("none")->make(
        {.world = fake.world, .dir = "/x", .store = "/", .machine = "n1"}
    );
    drivers::Request request;
    request.values.set("url", std::string("tcp://1.2.3.4:2375"));
    auto record = driver->create(
        request, [](const auto&) {}, fake.job
    );
    CHECK(driver->reach(record).url == "tcp://1.2.3.4:2375");
    CHECK(driver->reach(record).address == "1.2.3.4:2375");
    CHECK_THROWS_WITH_AS(
        driver->power(record, drivers::Power::start, fake.job),
        "hosts without a driver cannot be started",
        orch::Error
    );
}
