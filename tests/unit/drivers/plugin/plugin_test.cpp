// The client against a plugin that works.
#include "lib/base/error.hpp"
#include "lib/json/json.hpp"
#include "lib/tasks/group.hpp"
#include "tests/support/error_of.hpp"
#include "tests/unit/drivers/plugin/scene.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace drivers = orch::drivers;
using orch::Kind;
using orch::test::error_of;
using orch::test::Scene;
using std::chrono::seconds;

namespace {

drivers::Record without_notes(drivers::Record record) {
    record.erase(drivers::beside_record);
    return record;
}

} // namespace

TEST_CASE("plugin: only programs with a sane name are found, and nothing is started for that") {
    Scene scene;
    CHECK(scene.plugins->find("double") != nullptr);
    CHECK(scene.plugins->find("double")->info.name == "double");
    CHECK(scene.plugins->find("double")->info.boots);
    CHECK(scene.plugins->find("double")->info.provisions);
    for (const auto* name : {"", "nothing", "../double", "-double", "a/b", "double "})
        CHECK(scene.plugins->find(name) == nullptr);
    CHECK(scene.plugins->names() == std::vector<std::string>{"double"});
    static_cast<void>(scene.driver());
    CHECK(scene.started().empty());
}

TEST_CASE("plugin: its options are asked for") {
    Scene scene;
    CHECK(scene.plugins->find("double")->info.options.empty());
    scene.plugins->learn("double", seconds(20), {});
    const auto& options = scene.plugins->find("double")->info.options;
    REQUIRE(options.size() == 10);
    CHECK(options[0].name == "double-ip-address");
    CHECK(options[0].env == "DOUBLE_IP_ADDRESS");
    CHECK(options[0].fallback == "127.0.0.1");
    CHECK(options[4].fallback == "8589934592");
    CHECK(options[5].fallback == "-300");
    CHECK(options[6].fallback == "made-by=double,b");
    CHECK(options[8].kind == drivers::OptionKind::flag);
    CHECK(options[9].secret);
    CHECK(scene.running() == 0);
}

TEST_CASE("plugin: create tells it the options with their types, and keeps its words") {
    Scene scene;
    const auto record = scene.create();
    const auto sent =
        orch::json::parse(orch::fs::read_file(scene.dir / "cloud/flags.json"), "flags.json");
    CHECK(sent.at("double-ip-address") == "192.0.2.7");
    CHECK(sent.at("double-memory") == std::int64_t{1} << 33);
    CHECK(sent.at("double-offset") == -300);
    CHECK(sent.at("double-fast") == false);
    CHECK(sent.at("double-label") == nlohmann::json{"made-by=double", "b"});
    CHECK(sent.at("double-tag") == nlohmann::json::array());
    CHECK(sent.at("swarm-master") == true);
    CHECK(sent.at("swarm-host") == "tcp://0.0.0.0:3376");
    CHECK(sent.at("swarm-discovery") == "token://x");
    CHECK(sent.at("engine-install-url") == "https://get.docker.com");

    // What is unknown to everybody else survives as it is.
    CHECK(record.at("Serial") == std::int64_t{9007199254740993});
    CHECK(record.at("Nothing").is_null());
    CHECK(record.at("Deep").dump() == R"({"List":[1,null,{}]})");
    CHECK(record.at("StorePath") == scene.dir.path().string());
    CHECK(record.at("IPAddress") == "192.0.2.7");
    CHECK_FALSE(record.contains(drivers::beside_record));

    REQUIRE_FALSE(scene.saved.empty());
    CHECK(scene.saved.front().at("InstanceID") == ""); // before anything was made
    CHECK(
        scene.fake.progress.texts("web1") ==
        std::vector<std::string>{
            "(web1) Looking for room...", "(web1) Creating instance...", "(web1) Instance is there"}
    );
    CHECK(scene.started().size() == 2); // one to ask for its flags, one for all the rest
}

TEST_CASE("plugin: while it creates, what it knows already is saved") {
    Scene scene("", {{"DOUBLE_CREATE_SECONDS", "1"}});
    const auto record = scene.create();
    CHECK(std::any_of(scene.saved.begin(), scene.saved.end(), [](const drivers::Record& each) {
        return each.at("InstanceID") == "i-web1" && each.at("IPAddress") == "";
    }));
    CHECK(record.at("IPAddress") == "192.0.2.7");
}

TEST_CASE("plugin: the way to a host that runs is kept beside the record") {
    Scene scene;
    auto record = scene.create();
    auto& driver = scene.driver();
    CHECK_FALSE(driver.knows_reach(record));
    CHECK(driver.reach(record).url == "tcp://192.0.2.7:2376"); // the usual
    CHECK(driver.refresh(record, scene.fake.job) == drivers::State::running);
    REQUIRE(driver.knows_reach(record));
    auto reach = driver.reach(record);
    CHECK(reach.address == "192.0.2.7");
    CHECK(reach.url == "tcp://192.0.2.7:2376");
    CHECK(reach.ssh.host == "192.0.2.7");
    CHECK(reach.ssh.user == "root");
    CHECK(reach.ssh.port == 22);

    driver.power(record, drivers::Power::stop, scene.fake.job);
    CHECK(driver.refresh(record, scene.fake.job) == drivers::State::stopped);
    reach = driver.reach(record);
    CHECK(reach.url.empty()); // nobody has to wait for an engine that is off
    CHECK(reach.address == "192.0.2.7");

    scene.set_state(1); // somewhere else
    CHECK(driver.refresh(record, scene.fake.job) == drivers::State::running);
    CHECK(driver.reach(record).address == "192.0.2.8");
    CHECK(record.at("IPAddress") == "192.0.2.8");
    CHECK(scene.started().size() == 2);
}

TEST_CASE("plugin: what is beside the record is never sent to it") {
    Scene scene;
    auto record = scene.create();
    scene.driver().refresh(record, scene.fake.job);
    scene.forget_driver();
    scene.plugins.reset();
    Scene other;
    other.set_state(4);
    record["StorePath"] = other.dir.path().string();
    other.driver().refresh(record, other.fake.job);
    CHECK(record.contains(drivers::beside_record));
    CHECK(without_notes(record).at("InstanceID") == "i-web1"); // told, and asked for again
    // The double gives back every key that it was sent.
    CHECK_FALSE(without_notes(record).contains("Orch"));
}

TEST_CASE("plugin: all its states are known") {
    Scene scene;
    auto record = scene.create();
    using drivers::State;
    for (const auto& [number, state] : std::map<int, State>{
             {0, State::none},
             {2, State::paused},
             {3, State::saved},
             {4, State::stopped},
             {5, State::stopping},
             {6, State::starting},
             {7, State::error},
             {8, State::timeout},
             {9, State::not_found},
             {10, State::none},
         }) {
        scene.set_state(number);
        CHECK(scene.driver().refresh(record, scene.fake.job) == state);
    }
}

TEST_CASE("plugin: a host that runs, but has no address yet, is starting") {
    Scene scene;
    auto record = scene.create();
    scene.set_state(1, "");
    CHECK(scene.driver().refresh(record, scene.fake.job) == drivers::State::starting);
    scene.set_state(1, "192.0.2.9");
    CHECK(scene.driver().refresh(record, scene.fake.job) == drivers::State::running);
    CHECK(scene.driver().reach(record).ssh.host == "192.0.2.9");
}

TEST_CASE("plugin: power and remove") {
    Scene scene;
    auto record = scene.create();
    auto& driver = scene.driver();
    for (const auto& [power, state] : {
             std::pair{drivers::Power::kill, drivers::State::stopped},
             {drivers::Power::start, drivers::State::running},
             {drivers::Power::restart, drivers::State::running},
             {drivers::Power::stop, drivers::State::stopped},
         }) {
        driver.power(record, power, scene.fake.job);
        CHECK(driver.refresh(record, scene.fake.job) == state);
    }
    driver.remove(record, scene.fake.job);
    CHECK_FALSE(std::filesystem::exists(scene.dir / "cloud/web1.json"));
    driver.remove(record, scene.fake.job); // it is gone already
    const auto error =
        error_of([&] { driver.power(record, drivers::Power::start, scene.fake.job); });
    CHECK(error.message() == "instance i-web1 not found");
    CHECK(error.kind() == Kind::remote);
}

TEST_CASE("plugin: a machine that was never begun is removed without asking") {
    Scene scene;
    scene.driver().remove(drivers::Record::object(), scene.fake.job);
    CHECK(scene.started().empty());
}

TEST_CASE("plugin: what the provider does not know any more is gone") {
    Scene scene("gone-remove");
    scene.driver().remove({{"MachineName", "web1"}, {"InstanceID", "i-web1"}}, scene.fake.job);
    CHECK(scene.started().size() == 1);
}

TEST_CASE("plugin: a refused remove tells how to forget the machine") {
    Scene scene("refuse-remove");
    const auto record = scene.create();
    const auto error = error_of([&] { scene.driver().remove(record, scene.fake.job); });
    CHECK(error.message() == "the provider says no");
    CHECK(error.hint() == "orch machine rm -f web1 forgets the machine");
}

TEST_CASE("plugin: refusals keep the plugin's words") {
    Scene scene;
    auto wishes = scene.request();
    wishes.values.set("double-ip-address", std::string("refuse"));
    auto error = error_of([&] { scene.driver().check(wishes, scene.fake.job); });
    CHECK(error.message() == "double: no such address");
    CHECK(error.kind() == Kind::usage);
    wishes.values.set("double-ip-address", std::string("full"));
    error = error_of([&] { scene.driver().check(wishes, scene.fake.job); });
    CHECK(error.message() == "there is no room");
    CHECK(error.kind() == Kind::remote);
}

TEST_CASE("plugin: a create that fails leaves what was made by then") {
    for (const auto* const fault : {"refuse-create", "panic-create"}) {
        Scene scene(fault);
        const auto error = error_of([&] { scene.create(); });
        CHECK(error.kind() == Kind::remote);
        if (fault == std::string("panic-create")) {
            CHECK(error.message() == "runtime error: index out of range");
            REQUIRE(error.details().size() == 1);
            CHECK(error.details()[0].find("main.(*Driver).Create") != std::string::npos);
        } else {
            CHECK(error.message() == "quota exceeded");
        }
        REQUIRE(scene.saved.size() == 2);
        CHECK(scene.saved.back().at("InstanceID") == "i-web1");
    }
}

TEST_CASE("plugin: one made before docker-machine 0.5.1 has another name") {
    Scene scene("old-name");
    CHECK(scene.create().at("IPAddress") == "192.0.2.7");
}

TEST_CASE("plugin: two who ask about one machine ask the same process") {
    Scene scene;
    auto record = scene.create();
    auto first = scene.new_driver();
    auto second = scene.new_driver();
    orch::tasks::Group group(2, {});
    for (auto* const driver : {first.get(), second.get()})
        group.spawn([&, driver](const std::stop_token&) {
            for (int i = 0; i < 5; ++i) {
                auto own = record;
                driver->refresh(own, scene.fake.job);
            }
        });
    group.wait();
    CHECK(scene.started().size() == 2);
}
