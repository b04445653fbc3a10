#include "lib/base/error.hpp"
#include "machine/provision/facts.hpp"

#include <doctest/doctest.h>

namespace provision = orch::machine::provision;

TEST_CASE("facts: what the script prints is read section by section") {
    const auto facts =
        provision::parse_facts("motd noise\n@@orch os-release\nID=debian\n\n@@orch uid\n1000\n"
                               "@@orch sudo\nyes\n@@orch systemd\nyes\n@@orch openrc\n"
                               "@@orch dockerd\n/usr/sbin/dockerd\n@@orch unit\n"
                               "# /lib/systemd/system/docker.service\n[Service]\n"
                               "ExecStart=/usr/sbin/dockerd -H fd://\n"
                               "@@orch daemon-json\n{}\n@@orch settings\nA=1\n@@orch end\n");
    CHECK(facts.os.id == "debian");
    CHECK_FALSE(facts.root);
    CHECK(facts.become_root == "sudo -n ");
    CHECK(facts.systemd);
    CHECK_FALSE(facts.openrc);
    CHECK_FALSE(facts.snap);
    CHECK(facts.unit.program() == std::vector<std::string>{"/usr/sbin/dockerd"});
    CHECK(facts.daemon_json == "{}");
    CHECK(facts.settings == "A=1");
}

TEST_CASE("facts: sudo that asks for a password is no sudo, and its words are kept") {
    const auto facts = provision::parse_facts(
        "@@orch uid\n1000\n@@orch sudo\nsudo: a password is required\n@@orch end\n"
    );
    CHECK_FALSE(facts.privileged);
    CHECK(facts.sudo_answer == "sudo: a password is required");
}

TEST_CASE("facts: Alpine's doas does as well as sudo") {
    const auto facts = provision::parse_facts(
        "@@orch uid\n1000\n@@orch sudo\nsh: sudo: not found\n@@orch doas\nyes\n@@orch end\n"
    );
    CHECK(facts.privileged);
    CHECK(facts.become_root == "doas -n ");
}

TEST_CASE("facts: root needs no sudo, also where there is none") {
    const auto facts = provision::parse_facts("@@orch uid\n0\n@@orch sudo\n@@orch end\n");
    CHECK(facts.root);
    CHECK(facts.privileged);
    CHECK(facts.become_root.empty());
}

TEST_CASE("facts: a host that cloud-init still works on is not ready") {
    CHECK(provision::parse_facts("@@orch cloud-init\nbusy\n@@orch end\n").first_boot);
    CHECK_FALSE(provision::parse_facts("@@orch cloud-init\n@@orch end\n").first_boot);
}

TEST_CASE("facts: an engine in a snap is told from one that only has snaps beside it") {
    CHECK(provision::parse_facts("@@orch dockerd\n/snap/bin/dockerd\n@@orch end\n").snap);
    CHECK(provision::parse_facts("@@orch snap\nyes\n@@orch end\n").snap);
    CHECK_FALSE(
        provision::parse_facts("@@orch snap\nyes\n@@orch dockerd\n/usr/bin/dockerd\n@@orch end\n")
            .snap
    );
}

TEST_CASE("facts: output of something that is no shell is an error") {
    CHECK_THROWS_AS(provision::parse_facts("This account is disabled.\n"), orch::Error);
}
