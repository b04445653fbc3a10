#include "cmd/root.hpp"
#include "cmd/verb.hpp"
#include "lib/log/log.hpp"
#include "tests/unit/cmd/harness.hpp"

#include <CLI/CLI.hpp>
#include <doctest/doctest.h>

namespace orch::cmd {

using test::RecordedSession;

TEST_CASE("root: without words the help is the answer") {
    RecordedSession run;
    CHECK(run.run({}) == 0);
    CHECK(run.out().starts_with("Usage: orch [OPTIONS] COMMAND"));
    CHECK(run.out().find("\nExamples:\n") != std::string::npos);
    CHECK(run.out().find("__complete") == std::string::npos);
    CHECK(run.err().empty());
}

TEST_CASE("root: docker-machine's help has the lines that its scripts look for") {
    RecordedSession run(Persona::docker_machine);
    CHECK(run.run({"help"}) == 0);
    CHECK(run.out().starts_with("Usage: docker-machine [OPTIONS] COMMAND [arg...]\n"));
    CHECK(run.out().find("Create and manage machines running Docker.\n") != std::string::npos);
    CHECK(run.out().find("orch machine") == std::string::npos);
}

TEST_CASE("root: help of a verb is reached in every way") {
    std::vector<std::string> pages;
    for (const auto& words : std::vector<std::vector<std::string>>{
             {"machine", "version", "--help"},
             {"machine", "version", "-h"},
             {"machine", "help", "version"},
             {"machine", "h", "version"},
             {"help", "machine", "version"}}) {
        RecordedSession run;
        CHECK(run.run(words) == 0);
        pages.push_back(run.out());
        CHECK(run.err().empty());
    }
    for (const auto& page : pages)
        CHECK(page == pages.front());
    CHECK(pages.front().starts_with("Usage: orch machine version [OPTIONS]"));
}

TEST_CASE("root: each name says its version as its scripts expect") {
    RecordedSession own;
    CHECK(own.run({"--version"}) == 0);
    CHECK(own.out() == "orch version " ORCH_VERSION "\n");
    RecordedSession machine(Persona::docker_machine);
    CHECK(machine.run({"-v"}) == 0);
    CHECK(machine.out() == "docker-machine version " ORCH_VERSION ", build orch\n");
}

TEST_CASE("root: the version flag of a group is no option of its verbs") {
    RecordedSession run;
    CHECK(run.run({"machine", "help", "-v"}) == 2);
    CHECK(run.out().empty());
}

TEST_CASE("root: an unknown command names the nearest one") {
    RecordedSession run;
    CHECK(run.run({"machin"}) == 2);
    CHECK(run.err() == "orch: 'machin' is not an orch command\nhint: did you mean orch machine?\n");
    RecordedSession far;
    CHECK(far.run({"machine", "zzz"}) == 2);
    CHECK(
        far.err() == "orch: 'zzz' is not an orch machine command\n"
                     "hint: orch machine --help shows all commands\n"
    );
    RecordedSession help;
    CHECK(help.run({"help", "machine", "zzz"}) == 2);
}

TEST_CASE("root: docker-machine's own words for an unknown command and option") {
    RecordedSession command(Persona::docker_machine);
    CHECK(command.run({"zzz"}) == 1);
    CHECK(command.err().starts_with("docker-machine: 'zzz' is not a docker-machine command. See "
                                    "'docker-machine --help'.\n"));
    RecordedSession option(Persona::docker_machine);
    CHECK(option.run({"version", "--zzz=1"}) == 2);
    CHECK(
        option.err() == "flag provided but not defined: -zzz\nhint: docker-machine version --help\n"
    );
}

TEST_CASE("root: docker-compose's own words for an unknown command") {
    RecordedSession run(Persona::docker_compose);
    CHECK(run.run({"zzz"}) == 1);
    CHECK(run.err().starts_with("No such command: zzz\n"));
}

TEST_CASE("root: mistakes in options are told in one line with a way on") {
    const auto complaint = [](const std::vector<std::string>& words) {
        RecordedSession run;
        CHECK(run.run(words) == 2);
        return run.err();
    };
    CHECK(
        complaint({"machine", "version", "--foo"}) ==
        "orch: unknown option --foo\nhint: orch machine version --help\n"
    );
    CHECK(complaint({"--progres", "tty"}).find("did you mean --progress?") != std::string::npos);
    CHECK(
        complaint({"machine", "--storage-path"}) ==
        "orch: option --storage-path needs a value\nhint: orch machine --help\n"
    );
    CHECK(
        complaint({"--progress=wild"}) == "orch: --progress: 'wild' is none of auto, tty, plain, "
                                          "json, quiet\nhint: orch --help\n"
    );
    CHECK(
        complaint({"version", "more"}) ==
        "orch: unexpected argument more\nhint: orch version --help\n"
    );
}

TEST_CASE("root: global options stand before the verb or after it") {
    for (const auto& words : std::vector<std::vector<std::string>>{
             {"--progress", "json", "machine", "version"},
             {"machine", "--progress=json", "version"},
             {"machine", "version", "-progress", "json"}}) {
        RecordedSession run;
        CHECK(run.run(words) == 0);
        CHECK(run.session.globals.progress == "json");
    }
}

TEST_CASE("root: the store is where the option, the variable or the home directory says") {
    RecordedSession option(Persona::docker_machine, {{"MACHINE_STORAGE_PATH", "/env"}});
    CHECK(option.run({"-s", "/opt/../opt/store", "version"}) == 0);
    CHECK(option.session.storage_path() == "/opt/store");
    RecordedSession variable(Persona::orch, {{"MACHINE_STORAGE_PATH", "/env"}, {"HOME", "/h"}});
    CHECK(variable.session.storage_path() == "/env");
    RecordedSession home(Persona::orch, {{"HOME", "/h"}});
    CHECK(home.session.storage_path() == "/h/.docker/machine");
}

TEST_CASE("root: MACHINE_DEBUG is a Go boolean and overrides the option") {
    RecordedSession on(Persona::docker_machine, {{"MACHINE_DEBUG", "T"}});
    CHECK(on.run({"version"}) == 0);
    CHECK(on.session.globals.debug == "all");
    RecordedSession off(Persona::docker_machine, {{"MACHINE_DEBUG", "0"}});
    CHECK(off.run({"-debug", "version"}) == 0);
    CHECK(off.session.globals.debug.empty());
    RecordedSession wrong(Persona::docker_machine, {{"MACHINE_DEBUG", "yes"}});
    CHECK(wrong.run({"version"}) == 1);
    CHECK(wrong.err().starts_with("Error parsing boolean value from MACHINE_DEBUG: "));
    RecordedSession compose(Persona::docker_compose, {{"MACHINE_DEBUG", "yes"}});
    CHECK(compose.run({"version"}) == 0);
}

TEST_CASE("root: --debug writes the categories asked for through the console") {
    const auto said = [](const std::string& debug) {
        RecordedSession run;
        // Completion logs why the words so far cannot be read.
        CHECK(run.run({debug, "__complete", "zsh", "orch", "--nonsense", ""}) == 0);
        CHECK_FALSE(log::enabled());
        return run.err();
    };
    CHECK(said("--debug").starts_with("complete: the words so far are no command yet"));
    CHECK(said("--debug=http,complete").starts_with("complete: "));
    CHECK(said("--debug=http").empty());
}

TEST_CASE("root: what follows an unknown command is not judged") {
    for (const auto& words : std::vector<std::vector<std::string>>{
             {"machine", "zzz", "version"},
             {"machine", "zzz", "--help"},
             {"machine", "zzz", "-x"}}) {
        RecordedSession run;
        CHECK(run.run(words) == 2);
        CHECK(run.err().starts_with("orch: 'zzz' is not an orch machine command\n"));
    }
}

TEST_CASE("root: colour can be asked for and refused") {
    RecordedSession always;
    CHECK(always.run({"--color=always", "zzz"}) == 2);
    CHECK(always.err().starts_with("\x1b[31morch:\x1b[0m 'zzz'"));
    RecordedSession none(Persona::orch, {{"CLICOLOR_FORCE", "1"}});
    CHECK(none.run({"--no-color", "zzz"}) == 2);
    CHECK(none.err().starts_with("orch: 'zzz'"));
}

TEST_CASE("root: a secret in the environment is not shown as a default") {
    RecordedSession run(Persona::docker_machine, {{"MACHINE_GITHUB_API_TOKEN", "s3cret"}});
    CHECK(run.run({"--help"}) == 0);
    CHECK(run.out().find("s3cret") == std::string::npos);
    CHECK(run.session.globals.github_api_token == "s3cret");
}

TEST_CASE("root: the whole tree grows without a clash of names") {
    for (const auto persona : {Persona::orch, Persona::docker_machine, Persona::docker_compose}) {
        RecordedSession run(persona);
        const auto root = make_root(run.session);
        grow_all(*root, run.session);
        CHECK(run.session.buds.empty());
    }
}

} // namespace orch::cmd
