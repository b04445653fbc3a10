#include "lib/base/error.hpp"
#include "lib/fs/files.hpp"
#include "lib/tls/certificate.hpp"
#include "machine/create.hpp"
#include "machine/power.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/fake_world.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace machine = orch::machine;
namespace drivers = orch::drivers;
using drivers::Power;
using drivers::State;
using orch::Kind;
using orch::test::error_of;

namespace {

/// One host in memory, and what it does when it is started again.
struct FakeHost {
    State state = State::running;
    std::string address = "192.0.2.7";
    std::string next_address = "192.0.2.7"; // after the next start
    int refreshes_until_up = 0;             // how often it is asked before it is up
    std::vector<Power> done;
};

class FakeDriver : public drivers::Driver {
  public:
    explicit FakeDriver(FakeHost& host) : host_(host) {}

    void check(const drivers::Request&, orch::Job&) override {}

    drivers::Record
    create(const drivers::Request&, const drivers::Checkpoint&, orch::Job&) override {
        return {{"IPAddress", host_.address}};
    }

    State refresh(drivers::Record& record, orch::Job& job) override {
        if (job.stop.stop_requested())
            throw orch::Error(Kind::cancelled, "interrupted");
        if (host_.state == State::starting && host_.refreshes_until_up-- <= 0)
            host_.state = State::running;
        if (host_.state == State::running)
            record["IPAddress"] = host_.address;
        return host_.state;
    }

    void power(drivers::Record&, Power power, orch::Job&) override {
        host_.done.push_back(power);
        if (power == Power::stop || power == Power::kill) {
            host_.state = State::stopped;
        } else {
            host_.state = State::starting;
            host_.address = host_.next_address;
        }
    }

    void remove(const drivers::Record&, orch::Job&) override {}

    [[nodiscard]] drivers::Reach reach(const drivers::Record& record) const override {
        const auto address = record.value("IPAddress", std::string());
        return {
            .address = address,
            .url = address.empty() ? "" : "tcp://" + address + ":4711",
            .ssh = {.host = address},
        };
    }

  private:
    FakeHost& host_;
};

constexpr const char* facts =
    "@@orch os-release\nID=debian\n@@orch uid\n0\n@@orch systemd\nyes\n"
    "@@orch dockerd\n/usr/sbin/dockerd\n@@orch unit-exec\n/usr/sbin/dockerd\n"
    "@@orch end\n";

struct Fixture {
    orch::test::FakeWorld fake;
    orch::test::TempDir dir;
    FakeHost host;
    std::vector<std::string> asked; // URLs of engines
    int refusals = 0;               // of the next connections to the engine
    bool certificate_fits = true;
    machine::Store store{dir.path() / "store"};
    drivers::Registry registry{{{
        .info = {.name = "cloud", .summary = "a cloud in memory"},
        .make = [this](drivers::Access) { return std::make_unique<FakeDriver>(host); },
    }}};
    machine::Context context{store, registry, fake.world};

    Fixture() {
        fake.http.handler = [this](const orch::http::Request& request) {
            asked.push_back(request.url);
            if (refusals > 0 && refusals-- > 0)
                throw orch::http::NoAnswer(Kind::network, "it", "connection refused", false);
            if (!certificate_fits)
                throw orch::http::NoAnswer(Kind::denied, "it", "certificate refused", false);
            return orch::http::Response{
                200, {}, R"({"Version": "20.10.24", "ApiVersion": "1.41"})"};
        };
        expect_provisioning();
        machine::create({.name = "web1", .driver = "cloud", .owner = "ada"}, context, fake.job);
        asked.clear();
    }

    void expect_provisioning() {
        fake.ssh.answer("@@orch", {0, facts, ""});
        fake.ssh.answer("restart_engine", {0, "@@orch restarted\n", ""});
    }

    void power(Power power) { machine::power("web1", power, "ada", context, fake.job); }

    std::string stored_address() {
        return store.load("web1").record.value("IPAddress", std::string());
    }

    bool said(const std::string& text) {
        const auto texts = fake.progress.texts("web1");
        return std::count(texts.begin(), texts.end(), text) > 0;
    }
};

} // namespace

TEST_CASE_FIXTURE(Fixture, "power: stop and start in the words that docker-machine's users know") {
    power(Power::stop);
    power(Power::start);
    const auto texts = fake.progress.texts("web1");
    const std::vector<std::string> expected{
        "Stopping \"web1\"...",
        "Machine \"web1\" was stopped.",
        "Starting \"web1\"...",
        "Machine \"web1\" was started.",
        "Waiting for SSH to be available...",
        "Detecting the provisioner...",
        "Docker is up and running!",
    };
    REQUIRE(texts.size() >= expected.size());
    CHECK(std::vector<std::string>(texts.end() - 7, texts.end()) == expected);
    CHECK(host.done == std::vector<Power>{Power::stop, Power::start});
}

TEST_CASE_FIXTURE(
    Fixture, "power: a host that is saved or paused stays a node when it is stopped"
) {
    auto node = store.load("web1");
    node.swarm.is_swarm = true;
    node.membership = {.cluster = "c1", .node = "n1"};
    store.save(node);
    for (const auto state : {State::saved, State::paused}) {
        host.state = state;
        machine::power("web1", Power::stop, "ada", context, fake.job, /*force=*/true);
        CHECK(asked.empty());
        CHECK(store.load("web1").membership.node == "n1");
    }
}

TEST_CASE_FIXTURE(Fixture, "power: what is done already is refused and nothing is touched") {
    CHECK(error_of([&] {
              power(Power::start);
          }).message() == "Machine \"web1\" is already running.");
    power(Power::kill);
    CHECK(said("Machine \"web1\" was killed."));
    for (const auto again : {Power::stop, Power::kill}) {
        const auto error = error_of([&] { power(again); });
        CHECK(error.kind() == Kind::conflict);
        CHECK(error.message() == "Machine \"web1\" is already stopped.");
    }
    CHECK(host.done == std::vector<Power>{Power::kill});
}

TEST_CASE_FIXTURE(Fixture, "power: a start waits for the host and for the engine on its own port") {
    power(Power::stop);
    host.refreshes_until_up = 3;
    refusals = 4;
    power(Power::start);
    CHECK(asked.size() == 5);
    CHECK(asked.back() == "https://192.0.2.7:4711/version");
}

TEST_CASE_FIXTURE(
    Fixture, "power: an engine that never answers is an error that says where to look"
) {
    power(Power::stop);
    refusals = 1'000'000;
    const auto error = error_of([&] { power(Power::start); });
    CHECK(error.message().starts_with("Unable to verify the Docker daemon is listening: "));
    CHECK(error.hint() == "orch machine ssh web1 journalctl -u docker");
}

TEST_CASE_FIXTURE(
    Fixture, "power: a new address is saved and gets a certificate that is sent there"
) {
    power(Power::stop);
    host.next_address = "192.0.2.99";
    expect_provisioning();
    power(Power::start);
    CHECK(stored_address() == "192.0.2.99");
    const auto pem = orch::fs::read_file(store.machine_dir("web1") / "server.pem");
    const auto hosts = orch::tls::inspect(pem, "server.pem").hosts;
    CHECK(std::count(hosts.begin(), hosts.end(), "192.0.2.99") == 1);
    CHECK(fake.ssh.commands().back().input.find(pem) != std::string::npos);
    CHECK(said("The address changed from 192.0.2.7 to 192.0.2.99; the engine gets a new certificate"
    ));
}

TEST_CASE_FIXTURE(Fixture, "power: a certificate that does not fit is put right, too") {
    power(Power::stop);
    certificate_fits = false;
    fake.ssh.answer("@@orch", {0, facts, ""});
    fake.ssh.answer("restart_engine", {1, "", "stopped by the test\n"});
    CHECK_THROWS_AS(power(Power::start), orch::Error);
    CHECK(said("The engine's certificate does not fit 192.0.2.7; it gets a new one"));
}

TEST_CASE_FIXTURE(Fixture, "power: a restart starts what does not run") {
    power(Power::restart);
    CHECK(host.done.back() == Power::restart);
    for (const auto state : {State::stopped, State::paused, State::saved}) {
        host.state = state;
        power(Power::restart);
        CHECK(host.done.back() == Power::start);
        CHECK(host.state == State::running);
    }
}

TEST_CASE_FIXTURE(Fixture, "power: paused and saved hosts can be started and stopped") {
    host.state = State::paused;
    power(Power::start);
    CHECK(host.state == State::running);
    host.state = State::saved;
    power(Power::stop);
    CHECK(host.state == State::stopped);
}

TEST_CASE_FIXTURE(Fixture, "power: a host that is gone is named so") {
    host.state = State::not_found;
    for (const auto power_ : {Power::start, Power::stop, Power::restart, Power::kill}) {
        const auto error = error_of([&] { power(power_); });
        CHECK(error.kind() == Kind::not_found);
        CHECK(error.hint() == "orch machine rm web1 forgets the machine");
    }
    CHECK(host.done.empty());
}

TEST_CASE_FIXTURE(
    Fixture, "power: a machine that was never finished is started without its engine"
) {
    auto half = store.load("web1");
    half.progress = machine::Progress::made;
    store.save(half);
    power(Power::stop);
    power(Power::start);
    CHECK(asked.empty());
    CHECK(store.load("web1").progress == machine::Progress::made);
}

TEST_CASE_FIXTURE(Fixture, "power: an interrupted start keeps what was learned") {
    power(Power::stop);
    host.next_address = "192.0.2.99";
    std::stop_source interrupt;
    orch::Job job{interrupt.get_token(), fake.progress};
    fake.ssh.refuse(orch::Error(Kind::cancelled, "interrupted"));
    CHECK(error_of([&] {
              machine::power("web1", Power::start, "ada", context, job);
          }).kind() == Kind::cancelled);
    CHECK(stored_address() == "192.0.2.99");

    power(Power::stop); // the next start mends the certificate, though the address is known now
    certificate_fits = false;
    fake.ssh.answer("@@orch", {1, "", "stopped by the test\n"});
    CHECK_THROWS_AS(power(Power::start), orch::Error);
    CHECK(said("The engine's certificate does not fit 192.0.2.99; it gets a new one"));
}
