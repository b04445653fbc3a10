#include "lib/base/error.hpp"
#include "machine/provision/facts.hpp"
#include "machine/provision/os_release.hpp"
#include "machine/provision/provisioner.hpp"

#include <doctest/doctest.h>

namespace provision = orch::machine::provision;

TEST_CASE("os_release: values may be bare, single or double quoted, with escapes and equals signs"
) {
    const auto os = provision::parse_os_release("# comment\n"
                                                "ID='mint'\n"
                                                "ID_LIKE=\"ubuntu debian\"\n"
                                                "PRETTY_NAME=\"Mint \\\"x\\\" A=b\"\n"
                                                "VERSION_ID=21\n"
                                                "not a pair\n");
    CHECK(os.id == "mint");
    CHECK(os.id_like == std::vector<std::string>{"ubuntu", "debian"});
    CHECK(os.pretty_name == "Mint \"x\" A=b");
    CHECK(os.version_id == "21");
    CHECK(os.is_like("debian"));
    CHECK(os.is_like("mint"));
    CHECK_FALSE(os.is_like("arch"));
}

TEST_CASE("detect: rows are tried in order, so a derivative of Ubuntu is not taken for Debian") {
    provision::Facts facts;
    facts.systemd = true;
    facts.os = {.id = "mint", .id_like = {"ubuntu", "debian"}};
    CHECK(provision::detect(facts).name == "ubuntu(systemd)");
    facts.os = {.id = "debian"};
    CHECK(provision::detect(facts).name == "debian");
}

TEST_CASE("detect: an unknown system and a Debian without systemd are refused by name") {
    provision::Facts facts;
    facts.os = {.id = "plan9", .pretty_name = "Plan 9"};
    CHECK_THROWS_WITH_AS(
        provision::detect(facts), "Error detecting OS: OS type not recognized (Plan 9)", orch::Error
    );
    facts.os = {.id = "debian", .pretty_name = "Devuan"};
    CHECK_THROWS_WITH_AS(
        provision::detect(facts), "Error detecting OS: Devuan runs without systemd", orch::Error
    );
}

TEST_CASE("facts: what the script prints is read section by section") {
    const auto facts =
        provision::parse_facts("motd noise\n@@orch os-release\nID=debian\n\n@@orch uid\n1000\n"
                               "@@orch sudo\nyes\n@@orch systemd\nyes\n@@orch dockerd\n"
                               "/usr/sbin/dockerd\n@@orch unit-exec\n/usr/sbin/dockerd\n"
                               "@@orch daemon-json\n{}\n@@orch foreign-exec\n@@orch end\n");
    CHECK(facts.os.id == "debian");
    CHECK_FALSE(facts.root);
    CHECK(facts.sudo);
    CHECK(facts.systemd);
    CHECK(facts.unit_exec == "/usr/sbin/dockerd");
    CHECK(facts.daemon_json == "{}");
    CHECK(facts.foreign_exec.empty());
}

TEST_CASE("facts: sudo that asks for a password is no sudo, and its words are kept") {
    const auto facts = provision::parse_facts(
        "@@orch uid\n1000\n@@orch sudo\nsudo: a password is required\n@@orch end\n"
    );
    CHECK_FALSE(facts.sudo);
    CHECK(facts.sudo_answer == "sudo: a password is required");
}

TEST_CASE("facts: output of something that is no shell is an error") {
    CHECK_THROWS_AS(provision::parse_facts("This account is disabled.\n"), orch::Error);
}
