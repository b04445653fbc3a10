#include "lib/base/error.hpp"
#include "machine/provision/engine_config.hpp"

#include <doctest/doctest.h>

namespace machine = orch::machine;
namespace provision = orch::machine::provision;

namespace {

struct Fixture {
    machine::Machine web1{.driver = "generic"};
    provision::Facts facts;

    Fixture() {
        facts.dockerd = "/usr/bin/dockerd";
        facts.os.id = "debian";
        facts.systemd = true;
    }

    [[nodiscard]] std::vector<provision::RemoteFile> files(int port = 2376) const {
        return provision::engine_config(web1, facts, provision::detect(facts), port);
    }

    [[nodiscard]] bool has(const std::string& piece) const {
        return files().front().content.find(piece) != std::string::npos;
    }
};

} // namespace

TEST_CASE_FIXTURE(Fixture, "engine_config: the drop-in lists options in docker-machine's order") {
    web1.engine.labels = {"zone=north"};
    web1.engine.storage_driver = "overlay2";
    web1.engine.insecure_registry = {"10.0.0.0/8"};
    web1.engine.registry_mirror = {"https://mirror.example"};
    web1.engine.arbitrary_flags = {"log-driver=journald", "dns 192.0.2.53"};
    web1.engine.env = {"HTTP_PROXY=http://p:3128"};
    const auto written = files(12376);
    REQUIRE(written.size() == 2);
    CHECK(written[0].path == "/etc/systemd/system/docker.service.d/10-machine.conf");
    CHECK(
        written[0].content ==
        "[Service]\n"
        "ExecStart=\n"
        "ExecStart=/usr/bin/dockerd -H tcp://0.0.0.0:12376 -H unix:///var/run/docker.sock "
        "--storage-driver overlay2 --tlsverify --tlscacert /etc/docker/ca.pem "
        "--tlscert /etc/docker/server.pem --tlskey /etc/docker/server-key.pem "
        "--label zone=north --label provider=generic --insecure-registry 10.0.0.0/8 "
        "--registry-mirror https://mirror.example --log-driver=journald --dns 192.0.2.53\n"
        "Environment=HTTP_PROXY=http://p:3128\n"
    );
}

TEST_CASE_FIXTURE(Fixture, "engine_config: docker.socket stays away while our drop-in is there") {
    CHECK(files()[1].path == "/etc/systemd/system/docker.socket.d/10-machine.conf");
    CHECK(
        files()[1].content.find("ConditionPathExists=!" + files()[0].path + "\n") !=
        std::string::npos
    );
}

TEST_CASE_FIXTURE(
    Fixture, "engine_config: what the unit tells its engine stays, sockets and TLS do not"
) {
    facts.unit.exec = {
        "/usr/sbin/dockerd",
        "-H",
        "fd://",
        "--host=tcp://0.0.0.0:2375",
        "-Hunix:///x",
        "--tls",
        "--tlsverify=false",
        "--tlscert=/a",
        "--tlskey",
        "/b",
        "--containerd=/run/c.sock",
        "--data-root",
        "/data",
        "$DOCKER_OPTS"};
    CHECK(has("ExecStart=/usr/sbin/dockerd --containerd=/run/c.sock --data-root /data $DOCKER_OPTS "
              "-H tcp://"));
    CHECK_FALSE(has("Environment="));
}

TEST_CASE_FIXTURE(Fixture, "engine_config: a member of a swarm must not restore live") {
    facts.unit.exec = {"/usr/bin/dockerd", "--host=fd://", "$OPTIONS"};
    CHECK(has("ExecStart=/usr/bin/dockerd $OPTIONS -H tcp://"));
    web1.swarm.is_swarm = true;
    CHECK(has("ExecStart=/usr/bin/dockerd $OPTIONS --live-restore=false -H tcp://"));
}

TEST_CASE_FIXTURE(Fixture, "engine_config: a unit that starts something else gets dockerd") {
    facts.unit.exec = {"/bin/sh", "-c", "'exec something'"};
    CHECK(has("\nExecStart=/usr/bin/dockerd -H tcp://"));
}

TEST_CASE_FIXTURE(
    Fixture, "engine_config: systemd reads back spaces, quotes, percent signs and dollars"
) {
    web1.engine.labels = {"say=a \"b\" 100% $HOME"};
    web1.engine.env = {"FOO=bar baz", "COST=$5 %"};
    CHECK(has("--label \"say=a \\\"b\\\" 100%% $$HOME\" "));
    CHECK(has("Environment=\"FOO=bar baz\" \"COST=$5 %%\"\n"));
}

TEST_CASE_FIXTURE(
    Fixture, "engine_config: OpenRC's file keeps what others wrote around our block"
) {
    facts.os.id = "alpine";
    facts.openrc = true;
    facts.settings = "# any random options you want to pass to docker\nDOCKER_OPTS=\"--debug\"";
    web1.engine.labels = {"say=it's $5"};
    web1.engine.env = {"FOO=bar baz"};
    const auto first = files();
    REQUIRE(first.size() == 1);
    CHECK(first[0].path == "/etc/conf.d/docker");
    CHECK(first[0].content.starts_with(facts.settings + "\n" + std::string(provision::block_begin))
    );
    CHECK(has("export FOO='bar baz'\n"));
    facts.settings = first[0].content;
    CHECK(files()[0].content == first[0].content);
}

TEST_CASE_FIXTURE(Fixture, "engine_config: boot2docker's profile has its own variables") {
    facts.os.id = "boot2docker";
    web1.engine.labels = {"zone=north"};
    web1.engine.arbitrary_flags = {"dns 192.0.2.53"};
    web1.engine.env = {"HTTP_PROXY=http://p:3128"};
    CHECK(files()[0].path == "/var/lib/boot2docker/profile");
    CHECK(has("EXTRA_ARGS='--label\nzone=north\n--label\nprovider=generic\n--dns\n192.0.2.53'\n"
              "CACERT=/var/lib/boot2docker/ca.pem\n"
              "DOCKER_HOST='-H tcp://0.0.0.0:2376'\n"
              "DOCKER_STORAGE=''\n"
              "DOCKER_TLS=auto\n"
              "SERVERKEY=/var/lib/boot2docker/server-key.pem\n"
              "SERVERCERT=/var/lib/boot2docker/server.pem\n"
              "export HTTP_PROXY=http://p:3128\n"));
    web1.engine.labels = {"say=two words"};
    CHECK_THROWS_WITH_AS(
        files(), "boot2docker cannot pass \"say=two words\" to its engine", orch::Error
    );
}

TEST_CASE("engine_config: a daemon.json that sets the same options is a conflict") {
    machine::EngineOptions options;
    CHECK(provision::daemon_json_conflict(options, "").empty());
    CHECK(provision::daemon_json_conflict(options, "{\"log-driver\": \"journald\"}").empty());
    CHECK(
        provision::daemon_json_conflict(options, "{\"hosts\": [], \"tlsverify\": true}") ==
        "it sets \"hosts\", \"tlsverify\" as well"
    );
    CHECK(provision::daemon_json_conflict(options, "{oops") == "it is not a JSON object");
    options.arbitrary_flags = {"log-driver=journald", "log-opt max-size=1m", "add-runtime=a=/b"};
    CHECK_FALSE(provision::daemon_json_conflict(options, "{\"log-driver\": \"journald\"}").empty());
    CHECK(
        provision::daemon_json_conflict(options, "{\"log-opts\": {}, \"runtimes\": {}}") ==
        "it sets \"log-opts\", \"runtimes\" as well"
    );
}
