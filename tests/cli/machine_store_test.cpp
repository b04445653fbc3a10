// One store, many processes; and `inspect` beside what docker-machine 0.16.2 printed.
#include "lib/base/text.hpp"
#include "lib/fs/files.hpp"
#include "tests/cli/scratch.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

namespace orch::test {

namespace {

namespace stdfs = std::filesystem;

struct Said {
    int code = 0;
    std::string out;
    std::string err;
};

/// A home with a store in it, and scripts of sh that run there.
class Home {
  public:
    /// The recorded machine, as it was in this store.
    void record(const std::string& name) const {
        const auto from = stdfs::path(ORCH_TEST_DATA) / "machine/recorded" / name / "config.json";
        auto text = text::replace_all(fs::read_file(from), "<STORE>", store());
        text = text::replace_all(text, "<SSH_KEY>", "/home/ada/.ssh/id");
        fs::make_private_dir(store() + "/machines/" + name);
        fs::write_atomic(store() + "/machines/" + name + "/config.json", text, 0600);
    }

    [[nodiscard]] std::string store() const { return scratch_.path(".docker/machine"); }

    [[nodiscard]] std::string config(const std::string& name) const {
        return fs::read_file(store() + "/machines/" + name + "/config.json");
    }

    [[nodiscard]] Said run(const std::string& script) const {
        const auto file = [&](const char* name) { return scratch_.path(name); };
        fs::write_atomic(file("script"), script, 0600);
        const int code =
            scratch_.shell("exec sh " + file("script") + " >" + file("out") + " 2>" + file("err"));
        return {code, fs::read_file(file("out")), fs::read_file(file("err"))};
    }

  private:
    Scratch scratch_;
};

} // namespace

TEST_CASE("inspect: prints what docker-machine printed") {
    const Home home;
    for (const auto* name : {"h1", "n1", "queenbee"}) {
        home.record(name);
        const auto said = home.run(std::string("docker-machine inspect ") + name);
        CHECK(said.code == 0);
        CHECK(said.out == home.config(name) + "\n");
        CHECK(said.err.empty());
    }
    const auto formatted = [&](const std::string& format) {
        const auto said = home.run("docker-machine inspect -f '" + format + "' h1");
        CHECK(said.code == 0);
        return said.out;
    };
    CHECK(formatted("{{.Nope}}") == "<no value>\n");
    CHECK(
        formatted("{{.Driver.IPAddress}} {{.HostOptions.EngineOptions.StorageDriver}}") ==
        "10.77.0.11 \n"
    );
    const auto dir = home.store();
    CHECK(
        formatted("{{json .Driver}}") ==
        R"({"EnginePort":2376,"IPAddress":"10.77.0.11","MachineName":"h1",)"
        R"("SSHKey":"/home/ada/.ssh/id","SSHKeyPath":")" +
            dir +
            R"(/machines/h1/id",)"
            R"("SSHPort":22,"SSHUser":"root","StorePath":")" +
            dir +
            R"(","SwarmDiscovery":"",)"
            R"("SwarmHost":"","SwarmMaster":false})"
            "\n"
    );
    CHECK(formatted("{{prettyjson .HostOptions.SwarmOptions}}") == R"({
    "Address": "",
    "Agent": false,
    "ArbitraryFlags": [],
    "ArbitraryJoinFlags": [],
    "Discovery": "",
    "Env": null,
    "Heartbeat": 0,
    "Host": "tcp://0.0.0.0:3376",
    "Image": "swarm:latest",
    "IsExperimental": false,
    "IsSwarm": false,
    "Master": false,
    "Overcommit": 0,
    "Strategy": "spread"
}
)");
    CHECK(formatted("{{.HostOptions.SwarmOptions.Env}}") == "<no value>\n");
    CHECK(formatted("{{.HostOptions.EngineOptions.Labels}}") == "[]\n");
    CHECK(
        formatted("{{.HostOptions.EngineOptions}}") ==
        "map[ArbitraryFlags:[] Dns:<nil> Env:[] GraphDir: InsecureRegistry:[] "
        "InstallURL:https://get.docker.com Ipv6:false Labels:[] LogLevel: RegistryMirror:[] "
        "SelinuxEnabled:false StorageDriver: TlsVerify:true]\n"
    );
    CHECK(formatted("{{.Driver.SSHPort}}/{{.ConfigVersion}}") == "22/3\n");

    const auto missing = home.run("docker-machine inspect nosuch");
    CHECK(missing.code == 1);
    CHECK(
        text::lines(missing.err).at(0) ==
        "Docker machine \"nosuch\" does not exist. Use \"docker-machine ls\" to list machines. Use "
        "\"docker-machine create\" to add a new one."
    );
    const auto two = home.run("docker-machine inspect h1 n1");
    CHECK(two.code == 1);
    CHECK(two.err == "Error: Expected one machine name as an argument\n");
    const auto bad = home.run("docker-machine inspect -f '{{' h1");
    CHECK(bad.code == 1);
    CHECK(text::lines(bad.err).at(0).starts_with("template parsing error: template: :1: "));
}

TEST_CASE("store: processes that read and write one machine at once leave it whole") {
    const Home home;
    home.record("n1");
    const auto before = home.config("n1");
    // Every reader must succeed; writers may find the machine locked and say so.
    const auto said = home.run(R"(
        reader() { i=0; while [ $i -lt 12 ]; do
            orch machine inspect n1 >/dev/null && orch machine ip n1 >/dev/null || echo reader
            i=$((i + 1)); done; }
        writer() { i=0; while [ $i -lt 12 ]; do
            orch machine provision n1 2>&1 | grep -v -e locked -e "is done" -e Provisioned
            i=$((i + 1)); done; }
        killer() { i=0; while [ $i -lt 12 ]; do
            orch machine provision n1 >/dev/null 2>&1 & sleep 0.00$i; kill -9 $! ; wait $! 2>/dev/null
            i=$((i + 1)); done; }
        reader & reader & writer & writer & killer 2>/dev/null & wait
    )");
    CHECK(said.code == 0);
    CHECK(said.out.empty());
    CHECK(said.err.empty());
    CHECK(home.config("n1") == before);
}

TEST_CASE("store: readers neither wait for a lock nor write") {
    const Home home;
    home.record("n1");
    const auto said = home.run(
        "mkdir -p " + home.store() + "/locks; cd " + home.store() +
        "; flock locks/n1.lock sleep 30 & holder=$!; sleep 0.2; before=$(find . | sort)\n"
        "timeout 5 orch machine inspect n1 >/dev/null && timeout 5 orch machine ip n1 &&\n"
        "timeout 5 orch machine status n1 && timeout 5 orch machine url n1 &&\n"
        "timeout 5 orch machine ls -q || echo failed\n"
        "[ \"$before\" = \"$(find . | sort)\" ] || echo changed\n"
        "kill $holder"
    );
    CHECK(said.out == "10.77.0.13:2375\nRunning\ntcp://10.77.0.13:2375\nn1\n");
}

TEST_CASE("store: where nothing can be written the error says so and the old file stays") {
    const Home home;
    home.record("n1");
    const auto before = home.config("n1");
    const auto said =
        home.run("orch machine provision n1 && ulimit -f 1 && orch machine provision n1");
    CHECK(said.code == 1);
    CHECK(said.err.find("config.json: File too large") != std::string::npos);
    CHECK(home.config("n1") == before);
}

} // namespace orch::test
