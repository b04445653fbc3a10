// The script that configures and restarts the engine, run for real beside fake service managers
// that read their files as the real ones do.
#include "lib/base/text.hpp"
#include "machine/provision/scripts.hpp"
#include "tests/support/fake_root.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <unistd.h>

namespace machine = orch::machine;
namespace provision = orch::machine::provision;

using Lines = std::vector<std::string>;

namespace {

/// The engine's process is the test's own, so that it lives; what it runs with is in the fake
/// /proc.
const std::string pid = std::to_string(getpid());

struct Host {
    orch::test::FakeRoot root;
    provision::Facts facts;
    machine::Machine web1{.name = "web1", .driver = "generic"};

    explicit Host(const std::string& id) {
        facts.os.id = id;
        facts.openrc = id == "alpine";
        facts.systemd = !facts.openrc && id != "boot2docker";
        facts.dockerd = "/usr/bin/dockerd";
        root.program("docker", "", "exit 0");
        for (const auto* name : {"hostname", "hostnamectl", "sethostname"})
            root.program(name);
    }

    orch::process::Outcome configure() {
        const auto& row = provision::detect(facts);
        const std::string dir(row.options_dir());
        provision::Configuration wanted{
            .host_name = "web1",
            .files =
                {{dir + "/ca.pem", "CA\n"},
                 {dir + "/server.pem", "CERT\n"},
                 {dir + "/server-key.pem", "KEY\n", 0600}},
        };
        for (auto& file : provision::engine_config(web1, facts, row, 2376))
            wanted.files.push_back(file);
        return root.run(provision::configure_script(row, wanted));
    }

    /// The words that the engine was started with.
    [[nodiscard]] Lines words() const {
        auto result = orch::text::split(root.read("/proc/" + pid + "/cmdline"), '\0');
        result.pop_back();
        return result;
    }

    [[nodiscard]] bool has(const std::string& word) const {
        const auto all = words();
        return std::count(all.begin(), all.end(), word) == 1;
    }
};

/// Starts the "engine" with the words that follow.
const std::string start_engine = "engine() { mkdir -p \"$root/proc/" + pid +
                                 "\" \"$root/var/run\"; printf '%s\\0' dockerd \"$@\" > "
                                 "\"$root/proc/" +
                                 pid + "/cmdline\"; echo " + pid +
                                 " > \"$root/var/run/docker.pid\"; }\n";

/// As OpenRC's supervise-daemon.sh starts a service whose script says command_args="$DOCKER_OPTS".
const std::string rc_service = start_engine + R"SH(
[ "$2" = restart ] || exit 1
. "$root/etc/conf.d/docker"
eval engine $DOCKER_OPTS
echo "FOO=${FOO-}" > "$root/environment")SH";

/// As boot2docker's script starts its engine, as far as options go.
const std::string boot2docker_init = start_engine + R"SH(
[ "$1" = restart ] || exit 1
. "$root/var/lib/boot2docker/profile"
[ "$DOCKER_TLS" = no ] ||
    EXTRA_ARGS="$EXTRA_ARGS $DOCKER_HOST --tlsverify --tlscacert=$CACERT --tlskey=$SERVERKEY --tlscert=$SERVERCERT"
[ -z "$DOCKER_STORAGE" ] || EXTRA_ARGS="$EXTRA_ARGS --storage-driver $DOCKER_STORAGE"
engine -H unix:// $EXTRA_ARGS
echo "FOO=${FOO-}" > "$root/environment")SH";

/// systemctl, with answers as of systemd 252. Its engine has the words of the drop-in.
const std::string systemctl = start_engine + R"SH(
case "$1 ${2-}" in
"is-enabled --quiet") [ -e "$root/enabled" ] ;;
"enable --quiet") touch "$root/enabled" ;;
"is-active --quiet") [ -e "$root/socket-active" ] ;;
"stop docker.socket") rm "$root/socket-active" ;;
"restart docker.service")
    [ ! -e "$root/broken" ] || { echo "Job for docker.service failed." >&2; exit 1; }
    eval engine $(sed -n 's/^ExecStart=[^ ]* \(.*\)/\1/p' \
        "$root/etc/systemd/system/docker.service.d/10-machine.conf") ;;
esac)SH";

const std::string systemctl_show = R"SH(
[ "$1" != show ] || {
    case $3 in
    MainPID) cat "$root/var/run/docker.pid" 2>/dev/null || echo 0 ;;
    ExecMainStartTimestamp)
        [ ! -e "$root/var/run/docker.pid" ] ||
            date -u -d "@$(stat -c %Y "$root/var/run/docker.pid")" '+%a %Y-%m-%d %H:%M:%S UTC' ;;
    NeedDaemonReload) echo no ;;
    esac
    exit
})SH";

} // namespace

TEST_CASE("configure: Alpine's engine gets every word as it was, and is restarted once") {
    Host host("alpine");
    host.facts.settings = "DOCKER_OPTS=\"--debug\"";
    host.web1.engine.labels = {"say=it's \"$5\" `id` 100%"};
    host.web1.engine.env = {"FOO=bar $baz"};
    host.root.program("rc-update");
    host.root.program("rc-service", rc_service);
    auto outcome = host.configure();
    CAPTURE(outcome.err);
    CHECK(outcome.code == 0);
    CHECK(outcome.out == "@@orch restarted\n");
    CHECK(
        host.root.calls() == Lines{"rc-update -q add docker default", "rc-service docker restart"}
    );
    CHECK(host.has("--debug"));
    CHECK(host.has("say=it's \"$5\" `id` 100%"));
    CHECK(host.has("tcp://0.0.0.0:2376"));
    CHECK(host.root.read("/environment") == "FOO=bar $baz\n");
    CHECK(host.root.read("/etc/hosts").find("127.0.1.1 web1\n") != std::string::npos);

    host.facts.settings = host.root.read("/etc/conf.d/docker");
    outcome = host.configure();
    CHECK(outcome.code == 0);
    CHECK(outcome.out.empty());
    CHECK(host.root.calls() == Lines{"rc-update -q add docker default"});
}

TEST_CASE("configure: an engine that does not come up shows its own last words") {
    Host host("alpine");
    host.root.program("rc-update");
    host.root.program("rc-service", "exit 0");
    host.root.write("/var/log/docker.log", "unknown flag: --nosuch\n");
    const auto outcome = host.configure();
    CHECK(outcome.code == 1);
    CHECK(outcome.err.find("unknown flag: --nosuch") != std::string::npos);
    CHECK(outcome.out.empty());
}

TEST_CASE("configure: boot2docker's own script starts its engine from the profile") {
    Host host("boot2docker");
    host.web1.engine.labels = {"zone=north"};
    host.web1.engine.storage_driver = "overlay2";
    host.web1.engine.env = {"FOO=bar baz"};
    host.root.write("/etc/init.d/docker", "");
    host.root.program("init-docker", boot2docker_init);
    host.root.write("/etc/init.d/docker", host.root.read("/bin/init-docker"));
    host.root.make_executable("/etc/init.d/docker");
    const auto outcome = host.configure();
    CAPTURE(outcome.err);
    CHECK(outcome.code == 0);
    CHECK(host.has("zone=north"));
    CHECK(host.has("overlay2"));
    CHECK(host.root.read("/environment") == "FOO=bar baz\n");
    CHECK(host.root.read("/var/lib/boot2docker/etc/hostname") == "web1\n");
    CHECK(host.root.read("/var/lib/boot2docker/server-key.pem") == "KEY\n");
}

TEST_CASE("configure: a systemd host is reloaded, enabled and restarted once, then left alone") {
    Host host("rocky");
    host.root.program("systemctl", systemctl, systemctl_show);
    host.root.write("/socket-active", "");
    auto outcome = host.configure();
    CAPTURE(outcome.err);
    CHECK(outcome.code == 0);
    CHECK(
        host.root.calls() ==
        Lines{
            "systemctl daemon-reload",
            "systemctl is-enabled --quiet docker.service",
            "systemctl enable --quiet docker.service",
            "systemctl is-active --quiet docker.socket",
            "systemctl stop docker.socket",
            "systemctl reset-failed docker.service",
            "systemctl restart docker.service"}
    );
    CHECK(host.has("provider=generic"));
    outcome = host.configure();
    CHECK(outcome.code == 0);
    CHECK(outcome.out.empty());
    CHECK(
        host.root.calls() ==
        Lines{
            "systemctl is-enabled --quiet docker.service",
            "systemctl is-active --quiet docker.socket"}
    );
}

TEST_CASE("configure: a firewalld that runs lets the engine's port through, now and later") {
    Host host("almalinux");
    host.root.program("systemctl", systemctl, systemctl_show);
    host.root.program("firewall-cmd", "", R"SH(
case $* in
*--state) exit 0 ;;
*--query-port=*) exit 1 ;;
esac)SH");
    CHECK(host.configure().code == 0);
    const auto calls = host.root.calls();
    CHECK(std::count(calls.begin(), calls.end(), "firewall-cmd -q --add-port=2376/tcp") == 1);
    CHECK(
        std::count(calls.begin(), calls.end(), "firewall-cmd -q --permanent --add-port=2376/tcp") ==
        1
    );
}

TEST_CASE("configure: a unit that fails is an error with the journal's words") {
    Host host("debian");
    host.root.program("systemctl", systemctl, systemctl_show);
    host.root.program("journalctl", "echo 'failed to load listeners: address already in use'");
    host.root.write("/broken", "");
    const auto outcome = host.configure();
    CHECK(outcome.code == 1);
    CHECK(outcome.err.find("address already in use") != std::string::npos);
}

TEST_CASE("configure: a host with another name gets the machine's") {
    Host host("debian");
    host.root.program("systemctl", systemctl, systemctl_show);
    host.root.program("uname", "echo ip-10-0-0-7");
    host.root.write("/etc/hosts", "127.0.0.1 localhost\n127.0.1.1 ip-10-0-0-7 old\n");
    CHECK(host.configure().code == 0);
    const auto calls = host.root.calls();
    CHECK(std::count(calls.begin(), calls.end(), "hostnamectl set-hostname web1") == 1);
    CHECK(host.root.read("/etc/hosts") == "127.0.0.1 localhost\n127.0.1.1 web1\n");
}
