// Options of a driver that is a program of its own: in help, in completion, and where they clash.
#include "lib/base/text.hpp"
#include "lib/fs/files.hpp"
#include "lib/json/json.hpp"
#include "lib/process/system_runner.hpp"
#include "tests/cli/scratch.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <vector>

namespace {

using Words = std::vector<std::string>;

struct Fixture {
    orch::test::Scratch scratch;
    std::map<std::string, std::string> variables = scratch.environment();

    Fixture() {
        variables["PATH"] += ":" ORCH_SOURCES "/tests/fakes";
        variables["DOUBLE_CLOUD"] = scratch.path("cloud");
    }

    orch::process::Outcome run(const std::string& program, const Words& words) {
        return scratch.run(program, words, variables);
    }

    orch::process::Outcome create(Words words) {
        Words all{"machine", "create"};
        all.insert(all.end(), words.begin(), words.end());
        return run("orch", all);
    }

    Words complete(Words words) {
        Words all{"__complete", "bash", "orch", "machine", "create"};
        all.insert(all.end(), words.begin(), words.end());
        return orch::text::lines(run("orch", all).out);
    }

    /// What the plugin was sent.
    [[nodiscard]] nlohmann::json flags() const {
        return orch::json::parse(
            orch::fs::read_file(scratch.path("cloud/flags.json")), "flags.json"
        );
    }

    [[nodiscard]] std::size_t starts() const {
        const auto file = scratch.path("cloud/pids");
        return std::filesystem::exists(file) ? orch::text::lines(orch::fs::read_file(file)).size()
                                             : 0;
    }
};

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

constexpr auto not_found = "Driver \"bogus\" not found. Do you have the plugin binary "
                           "\"docker-machine-driver-bogus\" accessible in your PATH?";

} // namespace

TEST_CASE_FIXTURE(Fixture, "plugin: create's help shows the options of the driver that is named") {
    for (const auto& words : {
             Words{"-d", "double", "--help"},
             {"--help", "--driver", "double"},
             {"-d=double", "-h"},
             {"--driver=double", "--help"},
             {"-driver", "double", "--help"},
             {"-ddouble", "--help"},
             {"--double-memory", "5", "-d", "double", "--help"},
         }) {
        const auto outcome = create(words);
        CAPTURE(orch::text::join(words, " "));
        CHECK(outcome.code == 0);
        CHECK(contains(outcome.out, "Options of driver double:"));
        CHECK(contains(outcome.out, "--double-ip-address VALUE"));
        CHECK(contains(outcome.out, "[$DOUBLE_IP_ADDRESS] (127.0.0.1)"));
        CHECK(contains(outcome.out, "--double-memory N"));
        CHECK(contains(outcome.out, "--double-label VALUE"));
        CHECK(contains(outcome.out, "--double-fast "));
        CHECK(outcome.err.empty());
    }
    CHECK(contains(run("docker-machine", {"create", "-d", "double", "-h"}).out, "--double-fast"));
    variables["MACHINE_DRIVER"] = "double";
    CHECK(contains(create({"--help"}).out, "Options of driver double:"));
    CHECK_FALSE(contains(create({"-d", "none", "--help"}).out, "--double"));
}

TEST_CASE_FIXTURE(Fixture, "plugin: nothing is started for the drivers that are built in") {
    CHECK(create({"-d", "generic", "--help"}).code == 0);
    CHECK(create({"--help"}).code == 0);
    CHECK(run("orch", {"machine", "--help"}).code == 0);
    CHECK(starts() == 0);
}

TEST_CASE_FIXTURE(
    Fixture, "plugin: a driver that there is not is named, with docker-machine's words"
) {
    for (const auto& words :
         {Words{"-d", "bogus", "x"},
          {"-d", "bogus", "--help"},
          {"--bogus-size", "1", "-d", "bogus"}}) {
        const auto outcome = create(words);
        CHECK(outcome.code == 1);
        CHECK(contains(outcome.err, not_found));
    }
    CHECK(contains(run("docker-machine", {"create", "-d", "bogus", "x"}).err, not_found));
}

TEST_CASE_FIXTURE(Fixture, "plugin: completion offers plugins, and their options") {
    CHECK(complete({"-d", "dou"}) == Words{"double"});
    CHECK(complete({"--driver", "no"}) == Words{"none"});
    CHECK(starts() == 0);
    CHECK(
        complete({"-d", "double", "--double-ss"}) ==
        Words{"--double-ssh-user", "--double-ssh-key", "--double-ssh-port"}
    );
    CHECK(complete({"--double-ss"}).empty());
    variables["DOUBLE_FAULT"] = "die-start";
    const auto outcome =
        run("orch", {"__complete", "bash", "orch", "machine", "create", "-d", "double", "--driv"});
    CHECK(outcome.out == "--driver\n"); // goes on without them
    CHECK(outcome.err.empty());
}

TEST_CASE_FIXTURE(Fixture, "plugin: an option that create has itself goes to both") {
    variables["DOUBLE_MORE_FLAGS"] = "url,engine-install-url,debug,double-ssh-port,no good";
    const auto outcome = create(
        {"-d",
         "double",
         "--url",
         "u",
         "--engine-install-url",
         "none",
         "--double-ip-address",
         "refuse",
         "web1"}
    );
    CHECK(outcome.code == 2);
    CHECK(contains(
        outcome.err,
        "Error setting machine configuration from flags provided: double: no such address"
    ));
    const auto sent = flags();
    CHECK(sent.at("url") == "u"); // of no use to the driver that has it otherwise
    CHECK(sent.at("engine-install-url") == "none");
    CHECK(sent.at("debug") == "");
    CHECK(sent.at("double-ssh-port") == 22); // the first of two
    CHECK_FALSE(sent.contains("no good"));
    CHECK(run("orch", {"machine", "ls", "-q"}).out.empty()); // nothing is kept of it
}

TEST_CASE_FIXTURE(Fixture, "plugin: options of another driver are refused") {
    const auto outcome = create({"-d", "double", "--generic-ssh-user", "x", "web1"});
    CHECK(outcome.code == 2);
    CHECK(contains(outcome.err, "--generic-ssh-user is an option of driver generic, not of double")
    );
    CHECK(create({"-d", "none", "--double-fast", "web1"}).code == 2);
    CHECK(create({"-d", "double", "--double-memory", "much", "web1"}).code == 2);
}

TEST_CASE_FIXTURE(Fixture, "plugin: lists from the environment and the command line") {
    variables["DOUBLE_LABEL"] = "one, two";
    variables["DOUBLE_FAST"] = "true";
    create(
        {"-d",
         "double",
         "--double-ip-address",
         "refuse",
         "--double-label",
         "a=1,2",
         "--double-label",
         "three",
         "--double-offset",
         "-7",
         "web1"}
    );
    CHECK(flags().at("double-label") == Words{"one", "two", "a=1,2", "three"});
    CHECK(flags().at("double-tag") == nlohmann::json::array());
    CHECK(flags().at("double-fast") == true);
    CHECK(flags().at("double-offset") == -7);
}

TEST_CASE_FIXTURE(Fixture, "plugin: what it refuses before a create leaves nothing, with code 3") {
    const auto outcome = create({"-d", "double", "--double-ip-address", "full", "web1"});
    CHECK(outcome.code == 3);
    CHECK(contains(outcome.err, "(web1) Looking for room..."));
    CHECK(contains(outcome.err, "Error with pre-create check: there is no room"));
    CHECK(run("orch", {"machine", "ls", "-q"}).out.empty());
}

TEST_CASE_FIXTURE(
    Fixture, "plugin: under docker-machine's name its lines are those of docker-machine"
) {
    variables["DOUBLE_FAULT"] = "refuse-create";
    const auto outcome = run("docker-machine", {"create", "-d", "double", "web1"});
    CHECK(outcome.code == 1);
    CHECK(contains(outcome.out, "\nCreating machine...\n(web1) Creating instance...\n"));
    CHECK(contains(
        outcome.err,
        "Error creating machine: Error in driver during machine creation: quota exceeded"
    ));
}
