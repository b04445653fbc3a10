// Completion in the shells themselves: the scripts are loaded, keys are typed, the line is read.
#include "tests/cli/scratch.hpp"
#include "tests/support/pty.hpp"

#include <doctest/doctest.h>

namespace orch::test {

namespace {

const std::string scripts = ORCH_SOURCES "/completions";

bool installed(const std::string& program) {
    return std::filesystem::exists("/usr/bin/" + program);
}

/// A store with the machine "lonely" of driver none, which always runs.
void make_machine(const Scratch& scratch) {
    REQUIRE(
        scratch.shell(
            "docker-machine create -d none --url tcp://127.0.0.1:1 lonely > $HOME/made 2>&1"
        ) == 0
    );
}

} // namespace

TEST_CASE("completion: bash completes verbs, options and values, also behind =") {
    const Scratch scratch;
    Pty pty;
    auto environment = scratch.environment();
    environment["PS1"] = "READY ";
    const PtyProcess bash(pty, {"/bin/bash", "--norc", "--noprofile", "-i"}, environment);
    pty.type("source " + scripts + "/orch.bash\n");
    pty.type("orch mach\tvers\t\n");
    pty.read_until("orch machine version");
    pty.read_until("orch version ");
    pty.type("orch --prog\tq\tversion\n");
    pty.read_until("orch --progress quiet version");
    pty.type("orch --progress=js\tversion\n");
    pty.read_until("orch --progress=json version");
    pty.type("docker-machine --nat\tvers\t\n");
    pty.read_until("docker-machine --native-ssh version");
}

TEST_CASE("completion: bash offers machines that the verb can be used on, drivers and their flags"
) {
    const Scratch scratch;
    make_machine(scratch);
    Pty pty;
    auto environment = scratch.environment();
    environment["PS1"] = "READY ";
    const PtyProcess bash(pty, {"/bin/bash", "--norc", "--noprofile", "-i"}, environment);
    pty.type("source " + scripts + "/orch.bash; cd\n");
    pty.type("docker-machine stop lo\tx\n");
    pty.read_until("docker-machine stop lonely x");
    pty.type("orch machine start lo\tx\n"); // it runs already
    pty.read_until("Docker machine \"lox\" does not exist");
    pty.type("orch machine create -d gen\t--generic-ip\t192.0.2.1 --help\n");
    pty.read_until("create -d generic --generic-ip-address 192.0.2.1 --help");
    pty.type("orch machine env --shell fi\tlo\t\n");
    pty.read_until("env --shell fish lonely");
    pty.type("orch machine ls --filter dri\tnone\n");
    pty.read_until("ls --filter driver=none");
}

TEST_CASE("completion: bash falls back to file names") {
    const Scratch scratch;
    REQUIRE(scratch.shell("mkdir $HOME/unmistakable") == 0);
    Pty pty;
    auto environment = scratch.environment();
    environment["PS1"] = "READY ";
    const PtyProcess bash(pty, {"/bin/bash", "--norc", "--noprofile", "-i"}, environment);
    pty.type("source " + scripts + "/orch.bash; cd\n");
    pty.type("orch machine --storage-path unmis\t");
    pty.read_until("--storage-path unmistakable/");
}

TEST_CASE("completion: fish offers candidates with their descriptions") {
    REQUIRE(installed("fish"));
    const Scratch scratch;
    CHECK(
        scratch.shell(
            "fish --no-config -c \"source " + scripts +
            "/orch.fish; complete -C \\\"orch mach\\\"\" > $HOME/found"
        ) == 0
    );
    CHECK(scratch.shell("grep -q \"^machine.Create and manage machines\" $HOME/found") == 0);
    make_machine(scratch);
    CHECK(
        scratch.shell(
            "fish --no-config -c \"source " + scripts +
            "/orch.fish; complete -C \\\"docker-machine ip lo\\\"\" > $HOME/found"
        ) == 0
    );
    CHECK(scratch.shell("grep -qx lonely $HOME/found") == 0);
}

TEST_CASE("completion: zsh completes verbs and values") {
    REQUIRE(installed("zsh"));
    const Scratch scratch;
    Pty pty;
    auto environment = scratch.environment();
    environment["PS1"] = "READY ";
    const PtyProcess zsh(pty, {"/usr/bin/zsh", "-f", "-i"}, environment);
    pty.type(
        "fpath=(" + scripts + " $fpath); autoload -U compinit; compinit -u -D; print LOA''DED\n"
    );
    pty.read_until("LOADED");
    pty.type("orch mach\tvers\t\n");
    pty.read_until("orch version ");
    pty.type("docker-compose --progress=q\t --vers\t\n");
    pty.read_until("docker-compose version ");
    make_machine(scratch);
    pty.type("docker-machine ip lone\t\n");
    pty.read_until("127.0.0.1:1");
}

} // namespace orch::test
