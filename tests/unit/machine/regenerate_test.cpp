#include "lib/fs/files.hpp"
#include "lib/tls/certificate.hpp"
#include "machine/certs.hpp"
#include "machine/create.hpp"
#include "machine/regenerate.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/fake_world.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace machine = orch::machine;
namespace drivers = orch::drivers;

using orch::Kind;
using orch::test::error_of;

namespace {

/// A host that there is; whether it runs is up to the test.
class Host : public drivers::Driver {
  public:
    explicit Host(const drivers::State& state) : state_(state) {}

    void check(const drivers::Request&, orch::Job&) override {}

    drivers::Record
    create(const drivers::Request&, const drivers::Checkpoint&, orch::Job&) override {
        return {};
    }

    drivers::State refresh(drivers::Record&, orch::Job&) override { return state_; }

    void power(drivers::Record&, drivers::Power, orch::Job&) override {}

    void remove(const drivers::Record&, orch::Job&) override {}

    [[nodiscard]] drivers::Reach reach(const drivers::Record&) const override {
        return {
            .address = "192.0.2.7", .url = "tcp://192.0.2.7:2376", .ssh = {.host = "192.0.2.7"}};
    }

  private:
    const drivers::State& state_;
};

constexpr const char* facts =
    "@@orch os-release\nID=debian\n@@orch uid\n0\n@@orch systemd\nyes\n"
    "@@orch dockerd\n/usr/sbin/dockerd\n@@orch unit-exec\n/usr/sbin/dockerd\n"
    "@@orch end\n";

struct Fixture {
    orch::test::FakeWorld fake;
    orch::test::TempDir dir;
    drivers::State state = drivers::State::running;
    machine::Store store{dir.path() / "store"};
    drivers::Registry registry{{
        {.info = {.name = "cloud", .summary = "", .options = {}},
         .make = [this](drivers::Access) { return std::make_unique<Host>(state); }},
        {.info = {.name = "bare", .summary = "", .options = {}, .provisions = false},
         .make = [this](drivers::Access) { return std::make_unique<Host>(state); }},
    }};
    machine::Context context{store, registry, fake.world};
    machine::Machine web1;

    Fixture() {
        fake.http.handler = [](const orch::http::Request&) {
            return orch::http::Response{
                200, {}, R"({"Version": "20.10.24", "ApiVersion": "1.41"})"};
        };
        web1.name = "web1";
        web1.driver = "cloud";
        web1.auth = store.default_auth("web1");
        web1.auth.server_sans = {"foo.bar.tld", "10.42.42.42"};
        web1.swarm.is_swarm = true; // which is left as it is
        web1.swarm.master = true;
        web1.swarm.discovery = "consul://192.0.2.9:8500";
    }

    void save() {
        store.save(web1);
        machine::ensure_authority(store, web1.auth, "ada", "web1", fake.job);
        machine::ensure_server_certificate(store, web1, "ada", {"192.0.2.7"});
    }

    void answer_provisioning(int code = 0) {
        fake.ssh.answer("@@orch", {0, facts, ""});
        fake.ssh.answer("restart_engine", {code, "@@orch restarted\n", "no space\n"});
    }

    [[nodiscard]] std::string certificate() const {
        return orch::fs::read_file(web1.auth.server_cert);
    }

    void regenerate() { machine::regenerate("web1", "ada", context, fake.job); }
};

} // namespace

TEST_CASE_FIXTURE(Fixture, "regenerate: a good certificate is made anew and put on the host") {
    save();
    const auto before = certificate();
    answer_provisioning();
    regenerate();
    CHECK(certificate() != before);
    CHECK(fake.ssh.commands().back().input.find(certificate()) != std::string::npos);
    const auto info = orch::tls::inspect(certificate(), "server.pem");
    CHECK(
        info.hosts ==
        std::vector<std::string>{
            "foo.bar.tld", "10.42.42.42", "192.0.2.7", "web1", "localhost", "127.0.0.1"}
    );
    CHECK(info.client_auth); // a swarm master
    CHECK(info.server_auth);
}

TEST_CASE_FIXTURE(Fixture, "regenerate: what was cut short is finished by provision") {
    web1.swarm.is_swarm = false;
    save();
    answer_provisioning(1);
    CHECK(error_of([&] { regenerate(); }).message().find("failed on web1") != std::string::npos);
    const auto made = certificate();
    answer_provisioning();
    machine::reprovision("web1", "ada", context, fake.job);
    CHECK(certificate() == made);
    CHECK(fake.ssh.commands().back().input.find(made) != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "regenerate: a machine without its certificates gets them") {
    store.save(web1);
    answer_provisioning();
    regenerate();
    CHECK_FALSE(certificate().empty());
}

TEST_CASE_FIXTURE(Fixture, "regenerate: a host that is down is left alone, and so are its files") {
    save();
    const auto before = certificate();
    state = drivers::State::stopped;
    const auto error = error_of([&] { regenerate(); });
    CHECK(error.message() == "Host is not running");
    CHECK(error.hint() == "orch machine start web1");
    CHECK(certificate() == before);
}

TEST_CASE_FIXTURE(Fixture, "regenerate: without a host there is nothing to do") {
    web1.driver = "bare";
    store.save(web1);
    CHECK(error_of([&] { regenerate(); }).kind() == Kind::unsupported);
    web1.driver = "cloud";
    web1.progress = machine::Progress::creating;
    store.save(web1);
    CHECK(error_of([&] { regenerate(); }).kind() == Kind::invalid);
    CHECK(error_of([&] {
              machine::regenerate("nosuch", "ada", context, fake.job);
          }).kind() == Kind::not_found);
}
