#include "lib/base/error.hpp"
#include "machine/create.hpp"
#include "machine/upgrade.hpp"
#include "tests/support/fake_world.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace machine = orch::machine;
namespace drivers = orch::drivers;

namespace {

/// One host that can be switched on; its address changes when it is.
class FakeDriver : public drivers::Driver {
  public:
    explicit FakeDriver(bool& running) : running_(running) {}

    void check(const drivers::Request&, orch::Job&) override {}

    drivers::Record
    create(const drivers::Request&, const drivers::Checkpoint&, orch::Job&) override {
        return {{"IPAddress", "192.0.2.7"}};
    }

    drivers::State refresh(drivers::Record& record, orch::Job&) override {
        if (running_ && started_)
            record["IPAddress"] = "192.0.2.8";
        return running_ ? drivers::State::running : drivers::State::stopped;
    }

    void power(drivers::Record&, drivers::Power, orch::Job&) override {
        running_ = true;
        started_ = true;
    }

    void remove(const drivers::Record&, orch::Job&) override {}

    [[nodiscard]] drivers::Reach reach(const drivers::Record& record) const override {
        const auto address = record.value("IPAddress", std::string());
        return {
            .address = address,
            .url = "tcp://" + address + ":2376",
            .ssh = {.host = address},
        };
    }

  private:
    bool& running_;
    bool started_ = false;
};

const std::string facts = "@@orch os-release\nID=debian\n@@orch uid\n0\n@@orch systemd\nyes\n"
                          "@@orch dockerd\n/usr/sbin/dockerd\n@@orch end\n";

struct Fixture {
    orch::test::FakeWorld fake;
    orch::test::TempDir dir;
    bool running = true;
    machine::Store store{dir.path() / "store"};
    drivers::Registry registry{{{
        .info = {.name = "cloud", .summary = "a cloud in memory"},
        .make = [this](drivers::Access) { return std::make_unique<FakeDriver>(running); },
    }}};
    machine::Context context{store, registry, fake.world};

    Fixture() {
        fake.http.handler = [](const orch::http::Request&) {
            return orch::http::Response{200, {}, R"({"Version": "27.3.1", "ApiVersion": "1.47"})"};
        };
        fake.ssh.answer("@@orch", {0, facts, ""});
        fake.ssh.answer("restart_engine", {0, "", ""});
        const machine::CreateRequest request{.name = "web1", .driver = "cloud", .owner = "ada"};
        machine::create(request, context, fake.job);
    }

    void answer_upgrade(const std::string& versions) {
        fake.ssh.answer("@@orch", {0, facts, ""});
        fake.ssh.answer("upgrade_packages", {0, "@@orch version " + versions + "\n", ""});
        fake.ssh.answer("@@orch", {0, facts, ""});
        fake.ssh.answer("check_program=yes", {0, "", ""});
    }

    machine::provision::Versions upgrade() {
        return machine::upgrade("web1", "ada", context, fake.job);
    }

    [[nodiscard]] bool said(const std::string& text) const {
        const auto texts = fake.progress.texts("web1");
        return std::count(texts.begin(), texts.end(), text) != 0;
    }
};

} // namespace

TEST_CASE_FIXTURE(
    Fixture, "upgrade: the engine's package, then its configuration, then the proof"
) {
    answer_upgrade("26.1.5 27.3.1");
    const auto versions = upgrade();
    CHECK(versions.before == "26.1.5");
    CHECK(versions.after == "27.3.1");
    CHECK(said("Upgrading docker..."));
    CHECK(said("Restarting docker..."));
    CHECK_FALSE(said("Starting machine so machine can be upgraded..."));
}

TEST_CASE_FIXTURE(Fixture, "upgrade: nothing newer, nothing said of a restart") {
    answer_upgrade("27.3.1 27.3.1");
    CHECK(upgrade().after == "27.3.1");
    CHECK_FALSE(said("Restarting docker..."));
}

TEST_CASE_FIXTURE(Fixture, "upgrade: a host that is off is started, and its new address is kept") {
    running = false;
    // The engine's certificate for the new address comes first.
    fake.ssh.answer("@@orch", {0, facts, ""});
    fake.ssh.answer("restart_engine", {0, "", ""});
    answer_upgrade("26.1.5 27.3.1");
    upgrade();
    CHECK(said("Starting machine so machine can be upgraded..."));
    CHECK(running);
    CHECK(store.load("web1").record.value("IPAddress", "") == "192.0.2.8");
}

TEST_CASE_FIXTURE(Fixture, "upgrade: an engine that is part of its system is not touched") {
    fake.ssh.answer(
        "@@orch",
        {0,
         "@@orch os-release\nID=flatcar\nPRETTY_NAME=\"Flatcar 3975\"\n@@orch uid\n0\n"
         "@@orch systemd\nyes\n@@orch dockerd\n/usr/bin/dockerd\n@@orch end\n",
         ""}
    );
    CHECK_THROWS_WITH_AS(
        upgrade(), "the engine on web1 is part of Flatcar 3975: upgrade the system", orch::Error
    );
}

TEST_CASE_FIXTURE(Fixture, "upgrade: a machine that was not finished is no machine to upgrade") {
    auto web1 = store.load("web1");
    web1.progress = machine::Progress::made;
    store.save(web1);
    CHECK_THROWS_WITH_AS(upgrade(), "the create of machine \"web1\" did not finish", orch::Error);
}
