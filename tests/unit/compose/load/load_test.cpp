#include "compose/load/load.hpp"
#include "lib/base/error.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace load = orch::compose::load;
using orch::compose::NetworkMode;

namespace {

load::Result load_text(const std::string& text, const orch::os::Environment& environment = {}) {
    load::Source source;
    source.files = {"-"};
    source.working_dir = "/nowhere/app";
    source.standard_input = text;
    source.check_builds = false;
    return load::load(source, environment);
}

std::vector<std::string> order(const std::string& text) {
    std::vector<std::string> names;
    for (const auto& service : load_text(text).project.services)
        names.push_back(service.name);
    return names;
}

using Names = std::vector<std::string>;

} // namespace

TEST_CASE("load: dependencies come first, otherwise the order of the file stays") {
    CHECK(order("b: {image: x}\na: {image: x}\nc: {image: x}\n") == Names{"b", "a", "c"});
    CHECK(
        order("web: {image: x, links: [db, app]}\napp: {image: x}\ndb: {image: x}\n") ==
        Names{"app", "db", "web"}
    );
    CHECK(
        order("a: {image: x, links: [b]}\nb: {image: x, volumes_from: [c]}\n"
              "c: {image: x, net: 'container:d'}\nd: {image: x, ipc: 'service:e'}\ne: {image: x}\n"
        ) == Names{"e", "d", "c", "b", "a"}
    );
}

TEST_CASE("load: a chain of ten thousand services is put in order") {
    std::string text;
    for (int i = 0; i < 10'000; ++i)
        text += "s" + std::to_string(i) + ": {image: x, links: [s" + std::to_string(i + 1) + "]}\n";
    text += "s10000: {image: x}\n";
    const auto names = order(text);
    REQUIRE(names.size() == 10'001);
    CHECK(names.front() == "s10000");
    CHECK(names.back() == "s0");
}

TEST_CASE("load: a circle of ten thousand services is one finding") {
    std::string text;
    for (int i = 0; i < 10'000; ++i)
        text += "s" + std::to_string(i) + ": {image: x, links: [s" +
                std::to_string((i + 1) % 10'000) + "]}\n";
    try {
        load_text(text);
        FAIL("a circle was accepted");
    } catch (const orch::Error& error) {
        CHECK(error.details().size() == 1);
        CHECK(error.message() == "the compose file standard input is not valid");
    }
}

TEST_CASE("load: net and volumes_from name a service of the file, or else a container") {
    const auto project =
        load_text("a: {image: x, net: 'container:b', volumes_from: [b, 'c:ro']}\n"
                  "b: {image: x, net: 'container:c'}\n"
                  "d: {image: x, net: host}\ne: {image: x}\nf: {image: x, net: bridge}\n")
            .project;
    const auto* a = project.find("a");
    CHECK(a->network == NetworkMode{NetworkMode::Kind::service, "b"});
    CHECK(a->volumes_from[0] == orch::compose::VolumesFrom{"b", "rw", true});
    CHECK(a->volumes_from[1] == orch::compose::VolumesFrom{"c", "ro", false});
    CHECK(project.find("b")->network == NetworkMode{NetworkMode::Kind::container, "c"});
    CHECK(project.find("d")->network == NetworkMode{NetworkMode::Kind::mode, "host"});
    CHECK(project.find("e")->network == NetworkMode{});
    CHECK(project.find("f")->network == NetworkMode{NetworkMode::Kind::mode, "bridge"});
}

TEST_CASE("load: a service remembers where it stands") {
    const auto project = load_text("# first\nweb:\n  image: x\n").project;
    CHECK(project.find("web")->mark.text() == "standard input:2:1");
    CHECK(project.dir == "/nowhere/app");
    CHECK(project.files.empty());
    CHECK(project.name == "app");
}

TEST_CASE("load: an unset variable is one warning, however often it is used") {
    const auto result =
        load_text("a: {image: x, user: $U, hostname: $U}\nb: {image: x, user: $U$V}\n");
    CHECK(
        result.warnings ==
        Names{
            "The U variable is not set. Defaulting to a blank string.",
            "The V variable is not set. Defaulting to a blank string."}
    );
}

TEST_CASE("load: extends on standard input needs a file") {
    try {
        load_text("a: {extends: b}\nb: {image: x}\n");
        FAIL("extends was accepted");
    } catch (const orch::Error& error) {
        REQUIRE(error.details().size() == 1);
        CHECK(
            error.details()[0] ==
            "standard input:1:14: Invalid 'extends' configuration for a: you need to "
            "specify a 'file', e.g. 'file: something.yml'"
        );
    }
}

TEST_CASE("load: a finding is one line, whatever the file says") {
    try {
        load_text("a: {image: x, restart: \"a:b:\\n\\e[31m\"}\n");
        FAIL("restart was accepted");
    } catch (const orch::Error& error) {
        REQUIRE(error.details().size() == 1);
        CHECK(error.details()[0].find("Restart a:b:\\n\\x1b[31m has") != std::string::npos);
    }
}

TEST_CASE("load: a file that is not there is named as the user named it") {
    load::Source source;
    source.files = {"./nope.yml"};
    source.working_dir = "/nowhere";
    try {
        load::load(source, {});
        FAIL("it was read");
    } catch (const orch::Error& error) {
        CHECK(error.kind() == orch::Kind::not_found);
        CHECK(error.message() == "cannot read compose file ./nope.yml: no such file");
    }
}

TEST_CASE("load: a build directory is looked at only if that is wanted") {
    const auto project =
        load_text("a: {build: ./a}\nb: {build: 'https://x/y.git'}\nc: {build: git@x:y}\n").project;
    CHECK(project.find("a")->build->context == "/nowhere/app/a");
    CHECK_FALSE(project.find("a")->build->remote());
    CHECK(project.find("b")->build->remote());
    CHECK(project.find("c")->build->context == "git@x:y");
}

TEST_CASE("to_yaml: a dollar survives, in values and in keys") {
    const auto first =
        load_text("a: {image: x, environment: {$A: '$$A $${B}'}, command: ['$$1', '$$$$']}\n");
    const auto written = load::to_yaml(first.project);
    const auto second = load_text(written);
    CHECK(second.project.services[0].environment.at("$A") == "$A ${B}");
    CHECK(second.project.services[0].command == std::vector<std::string>{"$1", "$$"});
    CHECK(second.warnings.empty());
}
