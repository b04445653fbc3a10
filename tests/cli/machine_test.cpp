// The whole binary under docker-machine's name: the command lines that were recorded from
// docker-machine 0.16.2, with its words, streams and exit codes. Machines are of driver none, and
// nothing listens where they point.
#include "lib/base/text.hpp"
#include "lib/fs/files.hpp"
#include "lib/process/system_runner.hpp"
#include "tests/cli/scratch.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace {

using Words = std::vector<std::string>;

struct Fixture {
    orch::test::Scratch scratch;
    std::map<std::string, std::string> variables = scratch.environment();

    orch::process::Outcome run(const std::string& program, const Words& words) {
        return scratch.run(program, words, variables);
    }

    orch::process::Outcome old(Words words) { return run("docker-machine", std::move(words)); }

    orch::process::Outcome machine(Words words) {
        words.insert(words.begin(), "machine");
        return run("orch", std::move(words));
    }

    void make(const std::string& name, Words more = {}) {
        Words words{"create", "-d", "none", "--url", "tcp://127.0.0.1:1"};
        words.insert(words.end(), more.begin(), more.end());
        words.push_back(name);
        const auto outcome = old(words);
        INFO(outcome.err);
        REQUIRE(outcome.code == 0);
    }

    [[nodiscard]] std::string store(const std::string& file) const {
        return scratch.path(".docker/machine/" + file);
    }
};

struct Recorded {
    Words words;
    int code;
    std::string out;
    std::string err; // its first line; what follows is orch's hint
};

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

const std::string unknown =
    "Docker machine \"nosuch\" does not exist. Use \"docker-machine ls\" to "
    "list machines. Use \"docker-machine create\" to add a new one.";
const std::string about_to =
    "About to remove nosuch\n"
    "WARNING: This action will delete both local reference and remote instance.\n";
const std::string no_default =
    "Error: No machine name(s) specified and no \"default\" machine exists";

} // namespace

TEST_CASE_FIXTURE(Fixture, "docker-machine: errors have the recorded words, streams and codes") {
    make("n1");
    const std::vector<Recorded> all{
        {{"create", "-d", "none", "--url", "tcp://1.2.3.4:1", "n1"},
         1,
         "",
         "Docker machine \"n1\" already exists"},
        {{"create", "-d", "none", "--url", "tcp://1.2.3.4:1", "x1", "x2"},
         1,
         "",
         "Invalid command line. Found extra arguments [x2]"},
        {{"create", "-d", "none", "--url", "tcp://1.2.3.4:1", "bad_name!"},
         1,
         "",
         "Error creating machine: Invalid hostname specified. Allowed hostname chars are: "
         "0-9a-zA-Z "
         ". -"},
        {{"create", "-d", "nosuch", "x1"},
         1,
         "",
         "Driver \"nosuch\" not found. Do you have the plugin binary "
         "\"docker-machine-driver-nosuch\" accessible in your PATH?"},
        {{"create", "-d", "none", "--url", "tcp://1.2.3.4:1", "--swarm-discovery", "what", "x1"},
         1,
         "",
         "Error parsing swarm discovery: Swarm Discovery URL was in the wrong format: what"},
        {{"frobnicate"},
         1,
         "",
         "docker-machine: 'frobnicate' is not a docker-machine command. See 'docker-machine "
         "--help'."},
        {{"help", "frobnicate"},
         1,
         "",
         "docker-machine: 'frobnicate' is not a docker-machine command. See 'docker-machine "
         "--help'."},
        {{"active"}, 1, "", "No active host found"},
        {{"active", "n1"}, 1, "", "Error: Too many arguments given"},
        {{"config", "nosuch"}, 1, "", unknown},
        {{"config"}, 1, "", no_default},
        {{"env", "nosuch"}, 1, "false\n", unknown},
        {{"env"}, 1, "false\n", no_default},
        {{"env", "-u", "n1"},
         1,
         "false\n",
         "Error: Expected no machine name when the -u flag is present"},
        {{"env", "--swarm", "n1"},
         1,
         "false\n",
         "Error checking TLS connection: \"n1\" is not a swarm master. The --swarm flag is "
         "intended "
         "for use with swarm masters"},
        {{"inspect", "nosuch"}, 1, "", unknown},
        {{"inspect"}, 1, "", no_default},
        {{"ip", "nosuch"}, 1, "", unknown},
        {{"kill", "n1"}, 1, "Killing \"n1\"...\n", "hosts without a driver cannot be killed"},
        {{"restart", "n1"},
         1,
         "Restarting \"n1\"...\n",
         "hosts without a driver cannot be restarted"},
        {{"start", "n1"}, 1, "Starting \"n1\"...\n", "Machine \"n1\" is already running."},
        {{"stop", "n1"}, 1, "Stopping \"n1\"...\n", "hosts without a driver cannot be stopped"},
        {{"stop", "nosuch"}, 1, "", unknown},
        {{"ls", "-f", "{{.Nope}}"},
         1,
         "",
         "template: :1:2: executing \"\" at <.Nope>: can't evaluate field Nope in type "
         "commands.HostListItem"},
        {{"ls", "--filter", "foo=bar"}, 1, "", "Unsupported filter key 'foo'"},
        {{"ls", "--filter", "foo"}, 1, "", "Unsupported filter syntax"},
        {{"rm", "-y", "nosuch"}, 1, about_to, "Error removing host \"nosuch\": " + unknown},
        {{"rm", "-f", "nosuch"}, 0, about_to, "Error removing host \"nosuch\": " + unknown},
        {{"ssh", "nosuch"}, 1, "", unknown},
        {{"status", "nosuch"}, 1, "", unknown},
        {{"status", "n1", "n2"}, 1, "", "Error: Expected one machine name as an argument"},
        {{"status"}, 1, "", no_default},
        {{"url", "n1", "n2"}, 1, "", "Error: Expected one machine name as an argument"},
        {{"url"}, 1, "", no_default},
        {{"version", "n1", "n2"}, 1, "", "Error: Expected one machine name as an argument"},
    };
    for (const auto& each : all) {
        CAPTURE(orch::text::join(each.words, " "));
        const auto outcome = old(each.words);
        CHECK(outcome.code == each.code);
        CHECK(outcome.out == each.out);
        CHECK(first_line(outcome.err) == each.err);
    }
}

TEST_CASE_FIXTURE(Fixture, "docker-machine: answers are the recorded ones") {
    make("n1");
    const std::vector<Recorded> all{
        {{"ip", "n1"}, 0, "127.0.0.1:1\n", ""},
        {{"url", "n1"}, 0, "tcp://127.0.0.1:1\n", ""},
        {{"status", "n1"}, 0, "Running\n", ""},
        {{"ls", "-q"}, 0, "n1\n", ""},
        {{"ls", "--format", "table {{.Name}}: {{.DriverName}}"}, 0, "NAME: DRIVER\nn1: none\n", ""},
        {{"ls", "n1", "-f", "{{.URL}}"}, 0, "tcp://127.0.0.1:1\n", ""},
        {{"ls", "--filter", "label=a=b"},
         0,
         "NAME   ACTIVE   DRIVER   STATE   URL   SWARM   DOCKER   ERRORS\n",
         ""},
        {{"inspect", "-f", "{{.DriverName}}", "n1"}, 0, "none\n", ""},
        {{"inspect", "n1", "-f", "{{json .DriverName}}"}, 0, "\"none\"\n", ""},
        {{"inspect", "-f", "{{.Nope}}", "n1"}, 0, "<no value>\n", ""},
        {{"env", "-u", "--shell", "fish"},
         0,
         "set -e DOCKER_TLS_VERIFY;\nset -e DOCKER_HOST;\nset -e DOCKER_CERT_PATH;\n"
         "set -e DOCKER_MACHINE_NAME;\n# Run this command to configure your shell: \n"
         "# eval (" +
             scratch.program("docker-machine") + " env -u --shell fish)\n",
         ""},
        {{"rm", "-y", "n1"},
         0,
         "About to remove n1\nWARNING: This action will delete both local reference and remote "
         "instance.\nSuccessfully removed n1\n",
         ""},
    };
    for (const auto& each : all) {
        CAPTURE(orch::text::join(each.words, " "));
        const auto outcome = old(each.words);
        CHECK(outcome.code == each.code);
        CHECK(outcome.out == each.out);
        CHECK(outcome.err == each.err);
    }
}

TEST_CASE_FIXTURE(
    Fixture, "docker-machine: a wrong option shows the help on stdout and ends with 2"
) {
    for (const Words& words : {
             Words{"ls", "--zzz"},
             Words{"ls", "-t", "abc"},
             Words{"create", "--url", "u", "--wrong=1", "x"},
             Words{"inspect", "--format"},
         }) {
        CAPTURE(orch::text::join(words, " "));
        const auto outcome = old(words);
        CHECK(outcome.code == 2);
        CHECK(outcome.out.starts_with(
            "Incorrect Usage.\n\nUsage: docker-machine " + words[0] + " [OPTIONS] [arg...]\n"
        ));
        CHECK(outcome.err != "");
    }
    CHECK(first_line(old({"ls", "--zzz"}).err) == "flag provided but not defined: -zzz");
}

TEST_CASE_FIXTURE(
    Fixture, "docker-machine: where names are missing the help comes with the error"
) {
    for (const auto& [words, error] : std::vector<std::pair<Words, std::string>>{
             {{"create", "-d", "none"}, "Error: No machine name specified"},
             {{"scp", "a"}, "Improper number of arguments"},
             {{"mount"}, "Improper number of arguments"},
             {{"rm", "-y"}, "Error: Expected to get one or more machine names as arguments"},
             {{"inspect", "a", "b"}, "Error: Expected one machine name as an argument"},
         }) {
        CAPTURE(error);
        const auto outcome = old(words);
        CHECK(outcome.code == 1);
        CHECK(outcome.out.starts_with("Usage: docker-machine " + words[0]));
        CHECK(first_line(outcome.err) == error);
    }
}

TEST_CASE_FIXTURE(Fixture, "docker-machine: help goes to stdout, however it is asked for") {
    for (const Words& words : {Words{}, Words{"help"}, Words{"h"}, Words{"-h"}, Words{"--help"}}) {
        const auto outcome = old(words);
        CHECK(outcome.code == 0);
        CHECK(outcome.err == "");
        CHECK(outcome.out.starts_with("Usage: docker-machine [OPTIONS] COMMAND [arg...]\n\n"
                                      "Create and manage machines running Docker.\n\nVersion: "));
        CHECK(outcome.out.ends_with(
            "Run 'docker-machine COMMAND --help' for more information on a command.\n"
        ));
    }
    CHECK(old({"help", "env"}).out == old({"env", "-h"}).out);
    const auto driver = old({"create", "-d", "generic", "--help"});
    CHECK(driver.code == 0);
    CHECK(driver.out.find("--generic-ip-address") != std::string::npos);
    CHECK(driver.out.find("--url") == std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "docker-machine: options stand anywhere, with one dash or two") {
    make("n1");
    CHECK(old({"ls", "-quiet"}).out == "n1\n");
    CHECK(old({"-storage-path=" + scratch.path("other"), "ls", "-q"}).out == "");
    CHECK(old({"ls", "-q", "-s", scratch.path("other")}).out == "");
    CHECK(old({"create", "--url", "tcp://h:1", "n2", "-driver", "none"}).code == 0);
    CHECK(old({"rm", "n2", "-y"}).code == 0);
    variables["MACHINE_STORAGE_PATH"] = scratch.path("other");
    CHECK(old({"ls", "-q"}).out == "");
    variables.erase("MACHINE_STORAGE_PATH");
    variables["MACHINE_DRIVER"] = "none";
    CHECK(old({"create", "--url=tcp://h:1", "n3"}).code == 0);
    variables["MACHINE_DEBUG"] = "perhaps";
    const auto debug = old({"ls", "-q"});
    CHECK(debug.code == 1);
    CHECK(debug.err.starts_with("Error parsing boolean value from MACHINE_DEBUG: "));
}

TEST_CASE_FIXTURE(Fixture, "docker-machine: swarm options are kept and show in ls") {
    const Words swarm{"--swarm", "--swarm-discovery", "token://deadbeef"};
    make("worker", swarm);
    make("master", {"--swarm", "--swarm-master", "--swarm-discovery", "token://deadbeef"});
    make("single");
    const auto format = "{{.Name}}={{.Swarm}}";
    CHECK(old({"ls", "-f", format}).out == "master=master (master)\nsingle=\nworker=master\n");
    CHECK(old({"ls", "-q", "--filter", "swarm=master"}).out == "master\nworker\n");
}

TEST_CASE_FIXTURE(Fixture, "docker-machine: what GitLab Runner's docker+machine executor calls") {
    // Its client runs "docker-machine --bugsnag-api-token=no-report CMD", and takes what is on
    // standard output as it is.
    const std::string bugsnag = "--bugsnag-api-token=no-report";
    const Words create{
        bugsnag,
        "create",
        "--driver",
        "none",
        "--url=tcp://127.0.0.1:1",
        "--engine-opt=log-driver=none",
        "runner-1"};
    REQUIRE(old(create).code == 0);
    // It finds machines by their files.
    CHECK(std::filesystem::is_regular_file(store("machines/runner-1/config.json")));
    CHECK(old({bugsnag, "ip", "runner-1"}).out == "127.0.0.1:1\n");
    CHECK(old({bugsnag, "url", "runner-1"}).out == "tcp://127.0.0.1:1\n");
    CHECK(old({bugsnag, "status", "runner-1"}).out == "Running\n");
    const Words certificates{
        bugsnag, "inspect", "runner-1", "-f", "{{.HostOptions.AuthOptions.StorePath}}"};
    CHECK(old(certificates).out == store("machines/runner-1") + "\n");
    CHECK(old({bugsnag, "inspect", "runner-1"}).code == 0);
    CHECK(old({bugsnag, "inspect", "runner-2"}).code == 1);
    CHECK(old({bugsnag, "config", "runner-1"}).code == 1); // nothing listens there
    CHECK(old({bugsnag, "provision", "runner-1"}).code == 0);
    CHECK(old({bugsnag, "stop", "runner-1"}).code == 1);
    CHECK(old({bugsnag, "rm", "-y", "runner-1"}).code == 0);
    CHECK_FALSE(std::filesystem::exists(store("machines/runner-1")));
}

TEST_CASE_FIXTURE(Fixture, "orch machine: a pattern makes several machines") {
    const auto made = machine({"create", "-d", "none", "--url", "a:1,b:1,c:1", "node-{1..3}"});
    INFO(made.err);
    CHECK(made.code == 0);
    CHECK(machine({"ls", "-q"}).out == "node-1\nnode-2\nnode-3\n");
    CHECK(machine({"ip", "node-3", "node-1"}).out == "c:1\na:1\n");
}

TEST_CASE_FIXTURE(Fixture, "orch machine: --if-missing takes what is there if it is the same") {
    const Words words{"create", "--if-missing", "-d", "none", "--url", "tcp://h:1", "n1"};
    CHECK(machine(words).code == 0);
    const auto again = machine(words);
    CHECK(again.code == 0);
    CHECK(again.err.find("n1: is there already\n") != std::string::npos);
    auto other = words;
    other[5] = "tcp://h:2";
    const auto refused = machine(other);
    CHECK(refused.code == 1);
    CHECK(
        first_line(refused.err)
            .find("machine \"n1\" exists, but --url is \"tcp://h:1\", not \"tcp://h:2\"") !=
        std::string::npos
    );
    auto label = words;
    label.insert(label.begin() + 2, {"--engine-label", "a=b"});
    CHECK(machine(label).code == 1);
}

TEST_CASE_FIXTURE(
    Fixture, "orch machine: several names that are not there are all named, none touched"
) {
    make("n1");
    const auto outcome = machine({"rm", "-y", "n1", "nosuch"});
    CHECK(outcome.code == 1);
    make("n2");
    const auto power = machine({"restart", "n2", "x", "y"});
    CHECK(power.code == 1);
    CHECK(power.err.find("\"x\" does not exist") != std::string::npos);
    CHECK(power.err.find("\"y\" does not exist") != std::string::npos);
    CHECK(power.err.find("Restarting") == std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "orch machine: ls --wide says how long certificates last") {
    make("n1");
    CHECK(machine({"ls", "--wide"}).out.find("DOCKER    CERT   ERRORS") != std::string::npos);
    // As if the machine had a certificate of its own: the store's client certificate will do.
    const auto openssl =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 10 "
        "-subj /O=ada -keyout $HOME/key.pem -out " +
        store("machines/n1/server.pem") + " 2>/dev/null";
    REQUIRE(scratch.shell(openssl) == 0);
    const auto table = machine({"ls", "-w"});
    CHECK(table.out.find("   9d     Unable to query") != std::string::npos);
    CHECK(
        table.err ==
        "warning: the certificates of n1 expire in 9 days: orch machine regenerate-certs "
        "--client-certs n1\n"
    );
    CHECK(old({"ls"}).err == "");
    CHECK(machine({"ls", "-f", "{{.CertDays}}"}).out == "9\n");
}

TEST_CASE_FIXTURE(
    Fixture, "orch machine: completion offers the machines that a verb can be used on"
) {
    make("n1");
    const auto complete = [&](Words words) {
        words.insert(words.begin(), {"__complete", "bash", "orch", "machine"});
        return run("orch", words).out;
    };
    CHECK(complete({"stop", ""}) == "n1\n"); // machines of driver none always run
    CHECK(complete({"start", ""}) == "");
    CHECK(complete({"ssh", ""}) == "n1\n");
}
