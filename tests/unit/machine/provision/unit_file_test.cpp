// How distributions start their engines, in the words of "systemctl cat docker.service".
#include "machine/provision/unit_file.hpp"

#include <doctest/doctest.h>

namespace provision = orch::machine::provision;

using Words = std::vector<std::string>;

TEST_CASE("unit_file: Debian's unit, with words about units in its comments") {
    const auto unit = provision::parse_unit(
        "# /lib/systemd/system/docker.service\n[Unit]\nDescription=Docker\n"
        "Requires=docker.socket\n\n[Service]\nType=notify\n"
        "# the default is not to use systemd for cgroups because the delegate issues still\n"
        "EnvironmentFile=-/etc/default/docker\n"
        "ExecStart=/usr/sbin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock "
        "$DOCKER_OPTS\nExecReload=/bin/kill -s HUP $MAINPID\n"
    );
    CHECK(unit.program() == Words{"/usr/sbin/dockerd"});
    CHECK(
        unit.arguments() ==
        Words{"-H", "fd://", "--containerd=/run/containerd/containerd.sock", "$DOCKER_OPTS"}
    );
    CHECK(unit.foreign_exec.empty());
}

TEST_CASE("unit_file: Fedora's unit goes on over several lines") {
    const auto unit =
        provision::parse_unit("# /usr/lib/systemd/system/docker.service\n[Service]\n"
                              "ExecStart=/usr/bin/dockerd \\\n          --host=fd:// \\\n"
                              "# a comment between\n          --exec-opt "
                              "native.cgroupdriver=systemd \\\n          $OPTIONS\n");
    CHECK(unit.program() == Words{"/usr/bin/dockerd"});
    CHECK(
        unit.arguments() ==
        Words{"--host=fd://", "--exec-opt", "native.cgroupdriver=systemd", "$OPTIONS"}
    );
}

TEST_CASE("unit_file: Flatcar starts its engine behind env") {
    const auto unit = provision::parse_unit(
        "# /run/systemd/system/docker.service\n[Service]\n"
        "ExecStart=/usr/bin/env PATH=${TORCX_BINDIR}:${PATH} ${TORCX_BINDIR}/dockerd "
        "--host=fd:// $DOCKER_OPTS\n"
    );
    CHECK(
        unit.program() ==
        Words{"/usr/bin/env", "PATH=${TORCX_BINDIR}:${PATH}", "${TORCX_BINDIR}/dockerd"}
    );
    CHECK(unit.arguments() == Words{"--host=fd://", "$DOCKER_OPTS"});
}

TEST_CASE("unit_file: RHEL 7 has another name for its engine, and prefixes are no part of it") {
    const auto unit =
        provision::parse_unit("# /usr/lib/systemd/system/docker.service\n"
                              "ExecStart=-/usr/bin/dockerd-current --a \"b c\" d\\ e\n");
    CHECK(unit.program() == Words{"/usr/bin/dockerd-current"});
    CHECK(unit.arguments() == Words{"--a", "\"b c\"", "d\\ e"});
}

TEST_CASE("unit_file: a unit that starts something else has no program") {
    const auto unit = provision::parse_unit("# /etc/systemd/system/docker.service\n"
                                            "ExecStart=/bin/sh -c 'exec /opt/start-engine'\n");
    CHECK(unit.program().empty());
    CHECK(unit.arguments().empty());
    CHECK(unit.exec.front() == "/bin/sh");
}

TEST_CASE("unit_file: our drop-in is not asked, one before it counts, one behind it is in the way"
) {
    const std::string base = "# /lib/systemd/system/docker.service\n"
                             "ExecStart=/usr/bin/dockerd -H fd://\n";
    const std::string ours = "\n# /etc/systemd/system/docker.service.d/10-machine.conf\n[Service]\n"
                             "ExecStart=\nExecStart=/usr/bin/dockerd --tlsverify\n";
    const auto unit = provision::parse_unit(
        base +
        "\n# /etc/systemd/system/docker.service.d/05-site.conf\nExecStart=\n"
        "ExecStart=/opt/dockerd --data-root /data\n" +
        ours
    );
    CHECK(unit.program() == Words{"/opt/dockerd"});
    CHECK(unit.arguments() == Words{"--data-root", "/data"});
    CHECK(unit.foreign_exec.empty());

    const auto behind = provision::parse_unit(
        base + ours +
        "\n# /etc/systemd/system/docker.service.d/override.conf\nExecStart=\n"
        "ExecStart=/usr/bin/dockerd -H fd:// --debug\n"
    );
    CHECK(behind.foreign_exec == "/etc/systemd/system/docker.service.d/override.conf");
    CHECK(behind.arguments() == Words{"-H", "fd://"});
}

TEST_CASE("unit_file: a drop-in behind ours that sets other things is not in the way") {
    const auto unit =
        provision::parse_unit("# /lib/systemd/system/docker.service\nExecStart=/usr/bin/dockerd\n"
                              "# /etc/systemd/system/docker.service.d/http-proxy.conf\n[Service]\n"
                              "Environment=\"HTTP_PROXY=http://proxy:3128\"\n");
    CHECK(unit.foreign_exec.empty());
    CHECK(unit.program() == Words{"/usr/bin/dockerd"});
}

TEST_CASE("unit_file: no unit, no words") { CHECK(provision::parse_unit("").exec.empty()); }
