#include "lib/base/error.hpp"
#include "machine/provision/engine_config.hpp"
#include "machine/provision/scripts.hpp"

#include <doctest/doctest.h>

namespace machine = orch::machine;
namespace provision = orch::machine::provision;

TEST_CASE("engine_config: the drop-in resets ExecStart and lists options in docker-machine's order"
) {
    machine::Machine web1;
    web1.driver = "generic";
    web1.engine.labels = {"zone=north"};
    web1.engine.storage_driver = "overlay2";
    web1.engine.insecure_registry = {"10.0.0.0/8"};
    web1.engine.registry_mirror = {"https://mirror.example"};
    web1.engine.arbitrary_flags = {"log-driver=journald"};
    web1.engine.env = {"HTTP_PROXY=http://p:3128"};
    CHECK(
        provision::systemd_drop_in(web1, "/usr/sbin/dockerd", 2376) ==
        "[Service]\n"
        "ExecStart=\n"
        "ExecStart=/usr/sbin/dockerd -H tcp://0.0.0.0:2376 -H unix:///var/run/docker.sock "
        "--storage-driver overlay2 --tlsverify --tlscacert /etc/docker/ca.pem "
        "--tlscert /etc/docker/server.pem --tlskey /etc/docker/server-key.pem "
        "--label zone=north --label provider=generic --insecure-registry 10.0.0.0/8 "
        "--registry-mirror https://mirror.example --log-driver=journald\n"
        "Environment=HTTP_PROXY=http://p:3128\n"
    );
}

TEST_CASE("engine_config: systemd reads back spaces, quotes, percent signs and dollars as they were"
) {
    machine::Machine web1;
    web1.driver = "generic";
    web1.engine.labels = {"say=a \"b\" 100% $HOME"};
    web1.engine.env = {"FOO=bar baz", "COST=$5 %"};
    const auto content = provision::systemd_drop_in(web1, "/usr/bin/dockerd", 1);
    CHECK(content.find("--label \"say=a \\\"b\\\" 100%% $$HOME\" ") != std::string::npos);
    CHECK(content.find("Environment=\"FOO=bar baz\" \"COST=$5 %%\"\n") != std::string::npos);
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
    options.arbitrary_flags = {"log-driver=journald"};
    CHECK_FALSE(provision::daemon_json_conflict(options, "{\"log-driver\": \"journald\"}").empty());
}

TEST_CASE("scripts: a file travels inside the script, never on a command line") {
    const auto script =
        provision::configure_script("web1", {{"/etc/docker/server-key.pem", "KEY $x `y`\n", 0600}});
    CHECK(
        script.find("put 0600 /etc/docker/server-key.pem <<'ORCH-END-OF-FILE'\nKEY $x `y`\n"
                    "ORCH-END-OF-FILE\n") != std::string::npos
    );
    CHECK(script.find("set_host_name web1\n") != std::string::npos);
}

TEST_CASE("scripts: a file that a here-document would change is refused") {
    CHECK_THROWS_AS(provision::configure_script("x", {{"/a", "no newline", 0644}}), orch::Error);
}
