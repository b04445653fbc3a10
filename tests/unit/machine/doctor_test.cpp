#include "lib/base/error.hpp"
#include "lib/fs/files.hpp"
#include "lib/tls/certificate.hpp"
#include "machine/certs.hpp"
#include "machine/doctor/certificates.hpp"
#include "machine/doctor/examine.hpp"
#include "machine/doctor/host.hpp"
#include "tests/support/fake_world.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <string>

namespace doctor = orch::machine::doctor;
namespace drivers = orch::drivers;
namespace fs = orch::fs;
namespace machine = orch::machine;
using doctor::Verdict;
using orch::Error;
using orch::Kind;
using std::chrono::hours;
using std::chrono::seconds;
using std::chrono::system_clock;

namespace {

/// A host that can be found by its record and is in the state that a test wants.
class FakeDriver : public drivers::Driver {
  public:
    explicit FakeDriver(drivers::State state) : state_(state) {}

    void check(const drivers::Request&, orch::Job&) override {}

    drivers::Record
    create(const drivers::Request&, const drivers::Checkpoint&, orch::Job&) override {
        return {};
    }

    drivers::State refresh(drivers::Record&, orch::Job&) override { return state_; }

    void power(drivers::Record&, drivers::Power, orch::Job&) override {}

    void remove(const drivers::Record&, orch::Job&) override {}

    [[nodiscard]] drivers::Reach reach(const drivers::Record& record) const override {
        const auto address = record.value("IPAddress", std::string());
        return {
            .address = address,
            .url = address.empty() ? "" : "tcp://" + address + ":2376",
            .ssh = {.host = address, .known_hosts = "/store/known_hosts"}};
    }

  private:
    drivers::State state_;
};

const std::string address = "192.0.2.7";

std::int64_t now() {
    return std::chrono::floor<seconds>(system_clock::now().time_since_epoch()).count();
}

struct Fixture {
    orch::test::FakeWorld fake;
    orch::test::TempDir dir;
    machine::Store store{dir / "store"};
    drivers::State state = drivers::State::running;
    drivers::Registry registry{{{
        .info = {.name = "cloud", .summary = ""},
        .make = [this](drivers::Access) { return std::make_unique<FakeDriver>(state); },
    }}};
    machine::Context context{store, registry, fake.world};
    machine::Machine web1;
    std::map<std::string, std::string> host; // sections of the script's answer

    Fixture() {
        web1.name = "web1";
        web1.driver = "cloud";
        web1.record = {{"IPAddress", address}};
        web1.auth = store.default_auth("web1");
        machine::ensure_authority(store, web1.auth, "ada", "web1", fake.job);
        store.save(web1);
        machine::ensure_server_certificate(store, web1, "ada", {address});
        engine("20.10.24");
        host = {
            {"time", std::to_string(now())},
            {"sudo", "yes"},
            {"disk", "/dev/vda1 41152832 9000000 32152832 22% /var/lib/docker"},
            {"dockerd", "/usr/bin/dockerd"},
            {"active", "active"},
            {"enabled", "enabled"},
            {"drop-in", "yes"},
            {"arguments", "/usr/bin/dockerd --tlscert /etc/docker/server.pem"},
            {"certificate", fs::read_file(web1.auth.server_cert)}};
    }

    void engine(const std::string& version) {
        fake.http.handler = [version](const orch::http::Request&) {
            return orch::http::Response{
                .status = 200,
                .headers = {},
                .body = R"({"Version":")" + version + R"(","ApiVersion":"1.41"})"};
        };
    }

    [[nodiscard]] std::string answer() const {
        std::string text;
        for (const auto& [name, content] : host)
            text += "\n@@orch " + name + "\n" + content;
        return text + "\n@@orch end\n";
    }

    doctor::Report examine() {
        return doctor::examine({"web1"}, seconds(5), context, fake.job).at(0);
    }

    doctor::Report examine_host() {
        fake.ssh.answer("@@orch", {.code = 0, .out = answer(), .err = ""});
        return examine();
    }

    /// What the examination says about one check, when the host says `content` in a section.
    doctor::Finding
    after(const std::string& section, const std::string& content, const std::string& check) {
        host[section] = content;
        return of(examine_host(), check);
    }

    static doctor::Finding of(const doctor::Report& report, const std::string& check) {
        for (const auto& finding : report.findings)
            if (finding.check == check)
                return finding;
        return {"nothing was said about " + check, Verdict::fail, "", ""};
    }
};

void expect(
    const doctor::Finding& finding,
    Verdict verdict,
    const std::string& text,
    const std::string& remedy
) {
    CAPTURE(finding.check);
    CHECK(doctor::word(finding.verdict) == doctor::word(verdict));
    CHECK(finding.text == text);
    CHECK(finding.remedy == remedy);
}

} // namespace

TEST_CASE_FIXTURE(Fixture, "doctor: a healthy machine has nothing to mend") {
    const auto report = examine_host();
    CHECK(report.machine == "web1");
    CHECK(report.driver == "cloud");
    CHECK(report.address == address);
    CHECK(report.verdict() == Verdict::ok);
    std::string checks;
    for (const auto& finding : report.findings) {
        CHECK_MESSAGE(finding.verdict == Verdict::ok, finding.check << ": " << finding.text);
        CHECK(finding.remedy.empty());
        checks += finding.check + ", ";
    }
    CHECK(
        checks == "config, address, authority, client certificate, server certificate, private "
                  "keys, ssh port, "
                  "host key, ssh login, sudo, clock, disk, engine service, engine options, "
                  "certificate there, engine, engine version, "
    );
    CHECK(fake.ssh.commands().size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "doctor: what the host says is judged") {
    const std::string provision = "orch machine provision web1";
    const auto slow = after("time", std::to_string(now() - 60), "clock");
    CHECK(slow.verdict == Verdict::warn);
    CHECK(slow.text.ends_with(" s behind the one here"));
    CHECK(slow.remedy == "orch machine ssh web1 timedatectl set-ntp true");
    CHECK(after("time", std::to_string(now() + 4000), "clock").verdict == Verdict::fail);
    CHECK(after("time", "soon", "clock").verdict == Verdict::warn);
    expect(
        after("disk", "/dev/vda1 1048576 943718 104858 90% /", "disk"),
        Verdict::warn,
        "90 % of /var/lib/docker used, 0.1 GiB free",
        "orch machine ssh web1 docker system prune"
    );
    CHECK(after("disk", "/dev/vda1 1048576 1048576 0 100% /", "disk").verdict == Verdict::fail);
    CHECK(after("disk", "?", "disk").verdict == Verdict::warn);
    expect(
        after("active", "inactive", "engine service"),
        Verdict::fail,
        "docker.service is inactive",
        "orch machine ssh web1 systemctl start docker"
    );
    expect(
        after("active", "failed", "engine service"),
        Verdict::fail,
        "docker.service failed",
        provision
    );
    CHECK(of(examine_host(), "engine options").check.starts_with("nothing was said"));
    host["active"] = "active";
    expect(
        after("enabled", "disabled", "engine service"),
        Verdict::warn,
        "running, but not started when the host boots",
        "orch machine ssh web1 systemctl enable docker"
    );
    expect(
        after("arguments", "dockerd -H fd://", "engine options"),
        Verdict::fail,
        "the engine does not run with orch's options",
        provision
    );
    expect(
        after("drop-in", "", "engine options"),
        Verdict::fail,
        "/etc/systemd/system/docker.service.d/10-machine.conf is missing",
        provision
    );
    expect(
        after("certificate", "another", "certificate there"),
        Verdict::fail,
        "it is not the one of this store",
        provision
    );
    expect(
        after("certificate", "", "certificate there"), Verdict::fail, "the host has none", provision
    );
    expect(
        after("dockerd", "", "engine service"), Verdict::fail, "no engine is installed", provision
    );
    expect(
        after("sudo", "sudo: a password is required", "sudo"),
        Verdict::fail,
        "sudo: a password is required",
        "on the host, as root: echo 'root ALL=(ALL) NOPASSWD:ALL' > /etc/sudoers.d/orch"
    );
}

TEST_CASE_FIXTURE(Fixture, "doctor: each way of not getting in has its own remedy") {
    const auto refused = [&](Error error, const std::string& check) {
        fake.ssh.refuse(std::move(error));
        return of(examine(), check);
    };
    expect(
        refused({Kind::network, "cannot reach it"}, "ssh port"),
        Verdict::fail,
        "cannot reach it",
        "orch machine restart web1"
    );
    state = drivers::State::stopped;
    CHECK(refused({Kind::timeout, "late"}, "ssh port").remedy == "orch machine start web1");
    state = drivers::State::not_found;
    CHECK(refused({Kind::timeout, "late"}, "ssh port").remedy == "orch machine rm web1");
    const auto changed = refused({Kind::denied, "the host key of it has changed"}, "host key");
    CHECK(changed.verdict == Verdict::fail);
    CHECK(
        changed.remedy ==
        "if the host was set up anew: ssh-keygen -R 192.0.2.7 -f /store/known_hosts"
    );
    fake.ssh.refuse({Kind::denied, "no key is accepted"});
    const auto report = examine();
    CHECK(of(report, "ssh port").verdict == Verdict::ok);
    CHECK(of(report, "host key").verdict == Verdict::ok);
    CHECK(of(report, "ssh login").verdict == Verdict::fail);
    CHECK(of(report, "engine").verdict == Verdict::ok); // asked all the same
    fake.ssh.answer("@@orch", {.code = 0, .out = "Welcome!", .err = ""});
    CHECK(of(examine(), "shell").verdict == Verdict::fail);
}

TEST_CASE_FIXTURE(Fixture, "doctor: the engine is asked, too") {
    engine("19.03.15");
    expect(
        of(examine_host(), "engine version"),
        Verdict::warn,
        "19.03.15 is older than 20.10",
        "orch machine upgrade web1"
    );
    engine("29.1");
    CHECK(of(examine_host(), "engine version").verdict == Verdict::ok);
    fake.http.handler = [](const orch::http::Request&) -> orch::http::Response {
        throw orch::http::NoAnswer(Kind::network, "it", "connection refused", false);
    };
    const auto dead = of(examine_host(), "engine");
    CHECK(dead.verdict == Verdict::fail);
    CHECK(dead.remedy == "orch machine provision web1");
}

TEST_CASE_FIXTURE(Fixture, "doctor: certificates are looked at before they fail") {
    const auto judged = [&](const std::string& host_name, hours later) {
        return doctor::judge_certificates(web1, host_name, system_clock::now() + later);
    };
    constexpr hours day{24};
    for (const auto& finding : judged(address, hours(0)))
        CHECK(finding.verdict == Verdict::ok);
    auto findings = judged(address, 800 * day);
    CHECK(findings[0].verdict == Verdict::ok);
    expect(
        findings[1],
        Verdict::warn,
        "24 days left",
        "orch machine regenerate-certs --client-certs web1"
    );
    CHECK(findings[2].verdict == Verdict::warn);
    CHECK(findings[2].remedy == "orch machine provision web1");
    findings = judged(address, 900 * day);
    CHECK(findings[1].verdict == Verdict::fail);
    CHECK(findings[1].text.starts_with("expired "));
    CHECK(judged(address, -10 * day)[0].verdict == Verdict::fail);
    expect(
        judged("192.0.2.99", hours(0))[2],
        Verdict::fail,
        "not valid for 192.0.2.99",
        "orch machine provision web1"
    );
    fs::write_atomic(web1.auth.ca_cert, orch::tls::make_authority("eve").certificate, 0644);
    findings = judged(address, hours(0));
    CHECK(findings[0].verdict == Verdict::ok);
    CHECK(findings[1].verdict == Verdict::fail);
    std::filesystem::remove(web1.auth.ca_key);
    CHECK(judged(address, hours(0))[2].remedy.starts_with("renew it in the store that made web1"));
    std::filesystem::remove(web1.auth.client_cert);
    CHECK(judged(address, hours(0))[1].text.starts_with("cannot read "));
}

TEST_CASE_FIXTURE(Fixture, "doctor: keys that others may read are a warning") {
    const auto key = web1.auth.client_key;
    std::filesystem::permissions(key, std::filesystem::perms(0644));
    expect(
        of(examine_host(), "private keys"),
        Verdict::warn,
        "other users may read key.pem",
        "chmod 600 " + key.string()
    );
}

TEST_CASE_FIXTURE(Fixture, "doctor: half-made, addressless and unreadable machines are findings") {
    web1.progress = machine::Progress::made;
    web1.failure = "no space";
    store.save(web1);
    expect(
        of(examine_host(), "create"),
        Verdict::fail,
        "it did not finish: no space",
        "orch machine provision web1"
    );
    web1.progress = machine::Progress::creating;
    store.save(web1);
    auto report = examine();
    CHECK(report.findings.size() == 2);
    CHECK(of(report, "create").remedy == "orch machine rm web1");

    web1.progress = machine::Progress::ready;
    web1.record = drivers::Record::object();
    store.save(web1);
    CHECK(of(examine(), "address").verdict == Verdict::fail);

    web1.driver = "acme";
    store.save(web1);
    CHECK(of(examine(), "driver").text.starts_with("Driver \"acme\" not found"));

    fs::write_atomic(store.machine_dir("web1") / "config.json", "{", 0600);
    report = examine();
    CHECK(report.driver.empty());
    CHECK(of(report, "config").verdict == Verdict::fail);
    CHECK(report.verdict() == Verdict::fail);
}
