// The client against plugins that fail: an error each time, that says what happened, in time.
#include "lib/base/error.hpp"
#include "lib/tasks/group.hpp"
#include "tests/support/error_of.hpp"
#include "tests/unit/drivers/plugin/scene.hpp"

#include <doctest/doctest.h>

#include <chrono>

namespace drivers = orch::drivers;
using orch::Kind;
using orch::test::error_of;
using orch::test::Scene;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

TEST_CASE("plugin: every fault of its start ends in an error that says what happened") {
    struct Case {
        const char* fault;
        const char* message; // behind the name
        Kind kind;
    };

    for (const auto& each : {
             Case{
                 "hang-start",
                 "Failed to dial the plugin server in 0.8s: it did not say where it listens",
                 Kind::timeout},
             {"flood-start", "Failed to dial the plugin server in 0.8s", Kind::timeout},
             {"rubbish",
              "it says \"Welcome to double 1.0!\" where its address should stand",
              Kind::invalid},
             {"foreign",
              "it says \"192.0.2.1:4711\" where its address should stand",
              Kind::invalid},
             {"endless-line", "it says \"xxxxxxxx", Kind::invalid},
             {"die-start",
              "it ended with exit code 3 before it said where it listens",
              Kind::remote},
             {"silent-socket", "it accepts connections, but does not answer", Kind::timeout},
             {"other-protocol", "what answers there does not speak Go's net/rpc", Kind::invalid},
             {"version2", "Driver binary uses an incompatible API version (2)", Kind::unsupported},
         }) {
        CAPTURE(std::string(each.fault));
        Scene scene(each.fault);
        const auto begun = Clock::now();
        const auto error = error_of([&] { scene.plugins->learn("double", seconds(20), {}); });
        CHECK(Clock::now() - begun < seconds(8));
        CHECK(error.kind() == each.kind);
        CHECK(error.message().starts_with(
            std::string("the plugin docker-machine-driver-double does not work: ") + each.message
        ));
        CHECK(error.message().size() < 250);
        CHECK_FALSE(error.hint().empty());
        CHECK(scene.running() == 0);
    }
}

TEST_CASE("plugin: its last words are shown when it dies") {
    Scene scene("die-start");
    const auto error = error_of([&] { scene.plugins->learn("double", seconds(5), {}); });
    REQUIRE(error.details().size() == 2);
    CHECK(error.details()[1] == "(flag-lookup) DBG | cannot open the flux capacitor");
}

TEST_CASE("plugin: answers that make no sense end in an error that says so") {
    struct Case {
        const char* fault;
        const char* message;
    };

    for (const auto& each : {
             Case{"nonsense", "a value has type"},
             {"huge-message", "a message of 1152921504606846976 bytes is announced"},
             {"huge-text", "a text of 1099511627776 bytes"},
             {"deep", "values are nested more than 50 deep"},
             {"undefined", "a value has type 99, which was not defined"},
             {"wrong-seq", "answer 1001 is to no question"},
             {"twice", ""},
             {"half-close", "the bytes end in the middle of a value"},
             {"half-hang", "it did not answer "},
             {"bad-flags", "its answer to GetCreateFlags is not a list"},
             {"hang-flags", "it did not answer GetCreateFlags within 0.8 s"},
         }) {
        CAPTURE(std::string(each.fault));
        Scene scene(each.fault);
        const auto begun = Clock::now();
        const auto error = error_of([&] { scene.plugins->learn("double", seconds(20), {}); });
        CHECK(Clock::now() - begun < seconds(8));
        CAPTURE(error.message());
        CHECK(error.message().starts_with(
            std::string("the plugin docker-machine-driver-double does not work: ") + each.message
        ));
        CHECK(scene.running() == 0);
    }
}

TEST_CASE("plugin: one that dies in the middle of a create") {
    Scene scene("die-create", {{"DOUBLE_CREATE_SECONDS", "0.6"}});
    const auto error = error_of([&] { scene.create(); });
    CHECK(
        error.message() ==
        "the plugin docker-machine-driver-double does not work: it ended with exit code 7"
    );
    CHECK(error.details().back() == "(web1) DBG | panic: about to die");
    REQUIRE(scene.saved.size() == 2); // what it knew before that is not lost
    CHECK(scene.saved.back().at("InstanceID") == "i-web1");
}

TEST_CASE("plugin: one that does not answer heartbeats is not waited for") {
    Scene scene("deaf");
    const auto begun = Clock::now();
    const auto error = error_of([&] { scene.create(); });
    CHECK(error.message().ends_with("it has not answered a heartbeat for 1.2 s"));
    CHECK(Clock::now() - begun < seconds(10));
}

TEST_CASE("plugin: a create that hangs ends at once when it is interrupted") {
    Scene scene("hang-create");
    const auto wishes = scene.request();
    std::stop_source stop;
    orch::Job job{stop.get_token(), scene.fake.progress};
    scene.driver().check(wishes, job);
    auto interrupted = Clock::now();
    orch::tasks::Group group(1, {});
    const auto save = [&](const drivers::Record& record) {
        scene.saved.push_back(record);
        if (record.at("InstanceID") == "")
            return;
        interrupted = Clock::now();
        stop.request_stop();
    };
    const auto error = error_of([&] { scene.driver().create(wishes, save, job); });
    scene.forget_driver();
    scene.plugins.reset();
    CHECK(error.kind() == Kind::cancelled);
    CHECK(Clock::now() - interrupted < seconds(3));
    CHECK(scene.saved.back().at("InstanceID") == "i-web1");
}

TEST_CASE("plugin: one that does not tell its configuration while it creates is left in peace") {
    Scene scene("lazy-config", {{"DOUBLE_CREATE_SECONDS", "0.5"}});
    CHECK(scene.create().at("InstanceID") == "i-web1");
    CHECK(scene.saved.size() <= 2); // the answer may come with the end
}

TEST_CASE("plugin: floods on its streams neither stop it nor fill the memory") {
    for (const auto* const fault : {"flood-out", "flood-err"}) {
        CAPTURE(fault);
        Scene scene(fault);
        CHECK(scene.create().at("IPAddress") == "192.0.2.7");
        if (fault == std::string("flood-out")) {
            CHECK(scene.fake.progress.texts("web1").size() == 100'003);
        }
    }
}

TEST_CASE("plugin: a state that does not come is not waited for") {
    Scene scene("hang-state");
    auto record = scene.create();
    const auto begun = Clock::now();
    const auto error = error_of([&] { scene.driver().refresh(record, scene.fake.job); });
    CHECK(error.message().ends_with("it did not answer GetState within 0.8 s"));
    CHECK(Clock::now() - begun < seconds(6));
    CHECK(scene.running() == 0);
}

TEST_CASE("plugin: one that does not end is ended") {
    for (const auto* const fault : {"hang-close", "stubborn"}) {
        CAPTURE(fault);
        Scene scene(fault);
        auto record = scene.create();
        const auto begun = Clock::now();
        scene.forget_driver();
        scene.plugins.reset();
        CHECK(Clock::now() - begun < seconds(4));
        CHECK(scene.running() == 0);
    }
}

TEST_CASE("plugin: a configuration that is no JSON is its fault") {
    Scene scene("bad-config");
    const auto error = error_of([&] { scene.create(); });
    CHECK(error.message().starts_with(
        "the plugin docker-machine-driver-double does not work: its answer to GetConfigRaw: byte"
    ));
}
