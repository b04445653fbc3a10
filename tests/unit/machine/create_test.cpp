#include "lib/base/error.hpp"
#include "lib/fs/files.hpp"
#include "lib/tls/certificate.hpp"
#include "machine/create.hpp"
#include "machine/list.hpp"
#include "machine/remove.hpp"
#include "tests/support/fake_world.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

namespace machine = orch::machine;
namespace drivers = orch::drivers;

namespace {

/// A cloud in memory: counts what it made and took away, fails where it is told to.
struct FakeCloud {
    int servers = 0;
    std::string region; // of the last one
    bool refuse_check = false;
    bool fail_after_checkpoint = false;
};

class FakeDriver : public drivers::Driver {
  public:
    explicit FakeDriver(FakeCloud& cloud) : cloud_(cloud) {}

    void check(const drivers::Request&, orch::Job&) override {
        if (cloud_.refuse_check)
            throw orch::Error(orch::Kind::invalid, "no such region");
    }

    drivers::Record
    create(const drivers::Request& request, const drivers::Checkpoint& save, orch::Job&) override {
        ++cloud_.servers;
        if (request.values.all().contains("cloud-region"))
            cloud_.region = request.values.text("cloud-region");
        drivers::Record record{{"ServerId", 42}};
        save(record);
        if (cloud_.fail_after_checkpoint)
            throw orch::Error(orch::Kind::remote, "quota exceeded");
        record["IPAddress"] = "192.0.2.7";
        return record;
    }

    drivers::Record
    adopt(const drivers::Request& request, const std::string& id, orch::Job& job) override {
        if (id != "42")
            return Driver::adopt(request, id, job);
        return {{"ServerId", 42}, {"IPAddress", "192.0.2.7"}};
    }

    [[nodiscard]] std::string host_id(const drivers::Record& record) const override {
        return std::to_string(record.value("ServerId", 0));
    }

    drivers::State refresh(drivers::Record&, orch::Job&) override {
        return drivers::State::running;
    }

    void power(drivers::Record&, drivers::Power, orch::Job&) override {}

    void remove(const drivers::Record& record, orch::Job&) override {
        if (record.value("ServerId", 0) == 42)
            --cloud_.servers;
    }

    [[nodiscard]] drivers::Reach reach(const drivers::Record& record) const override {
        const auto address = record.value("IPAddress", std::string());
        return {
            .address = address,
            .url = address.empty() ? "" : "tcp://" + address + ":2376",
            .ssh = {.host = address},
        };
    }

  private:
    FakeCloud& cloud_;
};

constexpr const char* facts =
    "@@orch os-release\nID=debian\n@@orch uid\n0\n@@orch systemd\nyes\n"
    "@@orch dockerd\n/usr/sbin/dockerd\n@@orch unit-exec\n/usr/sbin/dockerd\n"
    "@@orch end\n";

struct Fixture {
    orch::test::FakeWorld fake;
    orch::test::TempDir dir;
    FakeCloud cloud;
    machine::Store store{dir.path() / "store"};
    drivers::Registry registry{{{
        .info =
            {.name = "cloud",
             .summary = "a cloud in memory",
             .options =
                 {{.name = "cloud-region", .help = "where"},
                  {.name = "cloud-token", .help = "who", .secret = true}}},
        .make = [this](drivers::Access) { return std::make_unique<FakeDriver>(cloud); },
    }}};
    machine::Context context{store, registry, fake.world};
    machine::CreateRequest request{.name = "web1", .driver = "cloud", .owner = "ada"};

    Fixture() {
        fake.http.handler = [](const orch::http::Request&) {
            return orch::http::Response{
                200, {}, R"({"Version": "20.10.24", "ApiVersion": "1.41"})"};
        };
    }

    void answer_provisioning() {
        fake.ssh.answer("@@orch", {0, facts, ""});
        fake.ssh.answer("restart_engine", {0, "@@orch restarted\n", ""});
    }
};

} // namespace

TEST_CASE_FIXTURE(Fixture, "create: a host becomes a ready machine with its certificates") {
    answer_provisioning();
    const auto made = machine::create(request, context, fake.job).machine;
    CHECK(made.progress == machine::Progress::ready);
    CHECK(store.load("web1").record.value("ServerId", 0) == 42);

    const auto certificate = orch::fs::read_file(store.machine_dir("web1") / "server.pem");
    const auto hosts = orch::tls::inspect(certificate, "server.pem").hosts;
    CHECK(std::count(hosts.begin(), hosts.end(), "192.0.2.7") == 1);
    CHECK(
        orch::tls::why_untrusted(
            certificate,
            orch::fs::read_file(store.certs_dir() / "ca.pem"),
            std::chrono::system_clock::now()
        ) == ""
    );
    // The key reaches the host on standard input only.
    for (const auto& command : fake.ssh.commands())
        CHECK(command.line.find("PRIVATE KEY") == std::string::npos);
    CHECK(fake.ssh.commands().back().input.find("PRIVATE KEY") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "create: the words that docker-machine's users know come in its order") {
    answer_provisioning();
    machine::create(request, context, fake.job);
    const auto texts = fake.progress.texts("web1");
    const std::vector<std::string> expected{
        "Running pre-create checks...",
        "Creating machine...",
        "Waiting for machine to be running, this may take a few minutes...",
        "Detecting operating system of created instance...",
        "Waiting for SSH to be available...",
        "Detecting the provisioner...",
        "Provisioning with debian...",
        "Copying certs to the local machine directory...",
        "Copying certs to the remote machine...",
        "Setting Docker configuration on the remote daemon...",
        "Checking connection to Docker...",
    };
    auto at = texts.begin();
    for (const auto& text : expected) {
        CAPTURE(text);
        at = std::find(at, texts.end(), text);
        REQUIRE(at != texts.end());
    }
}

TEST_CASE_FIXTURE(Fixture, "create: a host that cloud-init still works on is waited for") {
    fake.ssh.answer("@@orch", {0, "@@orch cloud-init\nbusy\n@@orch end\n", ""});
    fake.ssh.answer("cloud-init status --wait", {0, "status: error\ndetail: no disk\n", ""});
    answer_provisioning();
    CHECK(machine::create(request, context, fake.job).machine.progress == machine::Progress::ready);
    const auto texts = fake.progress.texts("web1");
    CHECK(std::count(texts.begin(), texts.end(), "Waiting for cloud-init to finish...") == 1);
    const std::string complaint =
        "cloud-init did not do all it was told: status: error detail: no disk";
    CHECK(std::count(texts.begin(), texts.end(), complaint) == 1);
}

TEST_CASE_FIXTURE(
    Fixture, "create: a second machine of the same name is refused and the first untouched"
) {
    answer_provisioning();
    machine::create(request, context, fake.job);
    const auto before = orch::fs::read_file(store.machine_dir("web1") / "config.json");
    CHECK_THROWS_WITH_AS(
        machine::create(request, context, fake.job),
        "Docker machine \"web1\" already exists",
        orch::Error
    );
    CHECK(orch::fs::read_file(store.machine_dir("web1") / "config.json") == before);
    CHECK(cloud.servers == 1);
}

TEST_CASE_FIXTURE(Fixture, "create: a refused pre-create check leaves no machine") {
    cloud.refuse_check = true;
    CHECK_THROWS_AS(machine::create(request, context, fake.job), machine::PreCreateError);
    CHECK(store.names().empty());
}

TEST_CASE_FIXTURE(
    Fixture, "create: an id that was learned survives a failure, so rm finds the server"
) {
    cloud.fail_after_checkpoint = true;
    CHECK_THROWS_AS(machine::create(request, context, fake.job), orch::Error);
    const auto half = store.load("web1");
    CHECK(half.progress == machine::Progress::creating);
    CHECK(half.failure == "quota exceeded");
    CHECK(half.record.value("ServerId", 0) == 42);

    const auto rows = machine::list(context, std::chrono::seconds(1), "", fake.job);
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].state == drivers::State::error);
    CHECK(rows[0].error == "create did not finish (host 42): quota exceeded");

    machine::remove("web1", false, context, fake.job);
    CHECK(cloud.servers == 0);
    CHECK(store.names().empty());
}

TEST_CASE_FIXTURE(
    Fixture, "create: a new host may refuse logins at first, but a changed host key is final"
) {
    fake.ssh.refuse(orch::Error(orch::Kind::denied, "login refused"));
    fake.ssh.refuse(orch::Error(orch::Kind::network, "connection refused"));
    answer_provisioning();
    CHECK(machine::create(request, context, fake.job).machine.progress == machine::Progress::ready);

    request.name = "web2";
    fake.ssh.refuse(orch::Error(orch::Kind::denied, "the host key of 192.0.2.7 has changed"));
    CHECK_THROWS_WITH_AS(
        machine::create(request, context, fake.job),
        "the host key of 192.0.2.7 has changed",
        orch::Error
    );
}

TEST_CASE_FIXTURE(Fixture, "create: a step that fails on the host shows the host's own words") {
    fake.ssh.answer("@@orch", {0, facts, ""});
    fake.ssh.answer("restart_engine", {1, "", "cat: write error: No space left on device\n"});
    try {
        machine::create(request, context, fake.job);
        FAIL("create returned");
    } catch (const orch::Error& error) {
        CHECK(error.message() == "Setting the engine's configuration failed on web1 (exit code 1)");
        CHECK(
            error.details() == std::vector<std::string>{"cat: write error: No space left on device"}
        );
    }
    CHECK(store.load("web1").progress == machine::Progress::made);
}

TEST_CASE_FIXTURE(Fixture, "provision: finishes what a failed create began") {
    fake.ssh.answer("@@orch", {0, facts, ""});
    fake.ssh.answer("restart_engine", {1, "", "boom\n"});
    CHECK_THROWS_AS(machine::create(request, context, fake.job), orch::Error);
    answer_provisioning();
    CHECK(
        machine::reprovision("web1", "ada", context, fake.job).progress == machine::Progress::ready
    );
    CHECK(store.load("web1").failure.empty());
    CHECK(cloud.servers == 1);
}

TEST_CASE_FIXTURE(
    Fixture, "create: unknown drivers and bad names are refused by the known phrases"
) {
    request.driver = "bogus";
    try {
        machine::create(request, context, fake.job);
        FAIL("create returned");
    } catch (const orch::Error& error) {
        CHECK(
            error.message().starts_with("Driver \"bogus\" not found. Do you have the plugin binary "
                                        "\"docker-machine-driver-bogus\" accessible in your PATH?")
        );
    }
    request.driver = "cloud";
    for (const char* name : {"", ".", "..", "-", "a/b", "a_b", "∞"}) {
        CAPTURE(name);
        request.name = name;
        CHECK_THROWS_AS(machine::create(request, context, fake.job), orch::Error);
    }
    CHECK(cloud.servers == 0);
}

TEST_CASE_FIXTURE(Fixture, "remove: a directory without config.json goes without force") {
    std::filesystem::create_directories(store.machine_dir("half"));
    machine::remove("half", false, context, fake.job);
    CHECK_FALSE(store.exists("half"));
}

TEST_CASE_FIXTURE(Fixture, "list: the machine that DOCKER_HOST points at is the active one") {
    answer_provisioning();
    machine::create(request, context, fake.job);
    const auto rows =
        machine::list(context, std::chrono::seconds(1), "tcp://192.0.2.7:2376", fake.job);
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].active_host);
    CHECK(rows[0].state == drivers::State::running);
    CHECK(rows[0].version == "20.10.24");
    CHECK(rows[0].url == "tcp://192.0.2.7:2376");
}

TEST_CASE_FIXTURE(Fixture, "create: --continue finishes a host that was made but not provisioned") {
    fake.ssh.answer("@@orch", {0, facts, ""});
    fake.ssh.answer("restart_engine", {1, "", "no space left"});
    CHECK_THROWS_AS(machine::create(request, context, fake.job), orch::Error);
    CHECK(store.load("web1").progress == machine::Progress::made);

    request.if_exists = machine::IfExists::resume;
    request.engine.labels = {"what=else"}; // the machine keeps what it was asked for at first
    answer_provisioning();
    const auto created = machine::create(request, context, fake.job);
    CHECK_FALSE(created.found);
    CHECK(created.machine.progress == machine::Progress::ready);
    CHECK(created.machine.engine.labels.empty());
    CHECK(cloud.servers == 1);
    CHECK(machine::create(request, context, fake.job).found);
}

TEST_CASE_FIXTURE(Fixture, "create: --continue takes a half-made host away and makes it again") {
    request.options.set("cloud-region", std::string("north"));
    cloud.fail_after_checkpoint = true;
    CHECK_THROWS_AS(machine::create(request, context, fake.job), orch::Error);
    CHECK(cloud.servers == 1);

    request.if_exists = machine::IfExists::resume;
    request.options.set("cloud-region", std::string("south"));
    cloud.fail_after_checkpoint = false;
    answer_provisioning();
    CHECK(machine::create(request, context, fake.job).machine.progress == machine::Progress::ready);
    CHECK(cloud.servers == 1);
    CHECK(cloud.region == "north");
}

TEST_CASE_FIXTURE(
    Fixture, "create: --continue makes a machine of which only the directory is there"
) {
    std::filesystem::create_directories(store.machine_dir("web1"));
    CHECK_THROWS_AS(machine::create(request, context, fake.job), orch::Error);
    request.if_exists = machine::IfExists::resume;
    answer_provisioning();
    CHECK(machine::create(request, context, fake.job).machine.progress == machine::Progress::ready);
}

TEST_CASE_FIXTURE(Fixture, "create: --if-missing finds the same machine and refuses another") {
    request.if_exists = machine::IfExists::accept;
    request.options.set("cloud-region", std::string("north"));
    request.options.set("cloud-token", std::string("secret"));
    answer_provisioning();
    CHECK_FALSE(machine::create(request, context, fake.job).found);
    const auto file = store.machine_dir("web1") / "config.json";
    CHECK(orch::fs::read_file(file).find("secret") == std::string::npos);

    request.options.set("cloud-token", std::string("renewed"));
    CHECK(machine::create(request, context, fake.job).found);
    CHECK(cloud.servers == 1);

    request.options.set("cloud-region", std::string("south"));
    CHECK_THROWS_WITH_AS(
        machine::create(request, context, fake.job),
        "machine \"web1\" exists, but --cloud-region is \"north\", not \"south\"",
        orch::Error
    );
    request.options.set("cloud-region", std::string("north"));
    request.engine.labels = {"a=b"};
    CHECK_THROWS_WITH_AS(
        machine::create(request, context, fake.job),
        "machine \"web1\" exists, but --engine-label is [], not [a=b]",
        orch::Error
    );
}

TEST_CASE_FIXTURE(Fixture, "adopt: a host of the provider becomes a machine, and none is made") {
    answer_provisioning();
    const auto key = dir.write("key", "a private key");
    request.adoption = {"42", key};
    const auto made = machine::create(request, context, fake.job).machine;
    CHECK(made.progress == machine::Progress::ready);
    CHECK(cloud.servers == 0);
    const auto copy = store.load("web1").record.value("SSHKeyPath", std::string());
    CHECK(copy == (store.machine_dir("web1") / "key").string());
    CHECK(orch::fs::read_file(copy) == "a private key");
}

TEST_CASE_FIXTURE(Fixture, "adopt: a host that is not to be had leaves no machine") {
    request.adoption = {"43", {}};
    CHECK_THROWS_WITH_AS(
        machine::create(request, context, fake.job),
        "not supported: this driver has no provider that knows a host 43",
        orch::Error
    );
    CHECK(store.names().empty());
    request.adoption = {"42", dir.path() / "no-key"};
    CHECK_THROWS_AS(machine::create(request, context, fake.job), orch::Error);
    CHECK(store.names().empty());
}

TEST_CASE_FIXTURE(Fixture, "create: an agent needs a swarm that it can find") {
    request.swarm.is_swarm = request.swarm.agent = true;
    CHECK_THROWS_WITH_AS(
        machine::create(request, context, fake.job),
        "there is no swarm master in this store for web1 to join",
        orch::Error
    );
    CHECK(store.names().empty());
    CHECK(cloud.servers == 0);
}

TEST_CASE_FIXTURE(
    Fixture, "create: an engine that refuses what a standalone manager speaks is told to accept it"
) {
    fake.http.handler = [](const orch::http::Request&) {
        return orch::http::Response{
            200, {}, R"({"Version": "29.0.0", "ApiVersion": "1.52", "MinAPIVersion": "1.44"})"};
    };
    request.swarm.is_swarm = request.swarm.master = true;
    request.swarm.discovery = "nodes://192.0.2.7:2376";
    answer_provisioning();
    answer_provisioning();
    fake.ssh.answer("boot2docker", {0, "", ""});
    const auto made = machine::create(request, context, fake.job).machine;
    CHECK(made.engine.env == std::vector<std::string>{"DOCKER_MIN_API_VERSION=1.24"});
    const auto& commands = fake.ssh.commands();
    REQUIRE(commands.size() == 5);
    CHECK(commands[3].input.find("DOCKER_MIN_API_VERSION=1.24") != std::string::npos);
    const auto texts = fake.progress.texts("web1");
    CHECK(std::any_of(texts.begin(), texts.end(), [](const std::string& text) {
        return text.find("Docker 29.0.0 accepts API 1.44 and up") == 0;
    }));
    // Asked for again, nothing has to be changed.
    CHECK(store.load("web1").engine.env.size() == 1);
}
