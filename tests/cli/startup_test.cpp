// The program as it is started: names, terminals, pipes.
#include "tests/cli/scratch.hpp"
#include "tests/support/pty.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <unistd.h>

namespace orch::test {

namespace {

struct Ended {
    int code;
    std::string output;
};

Ended on_terminal(
    const std::vector<std::string>& argv, const std::map<std::string, std::string>& environment
) {
    Pty pty;
    PtyProcess process(pty, argv, environment);
    const int code = process.wait();
    return {code, pty.read_all()};
}

} // namespace

TEST_CASE("startup: each link is the tool of its name") {
    const Scratch scratch;
    const auto output = [&](const std::string& program, const std::string& word) {
        return on_terminal({scratch.program(program), word}, scratch.environment()).output;
    };
    CHECK(output("docker-machine", "version").starts_with("docker-machine version "));
    CHECK(output("docker-compose", "--help").starts_with("Usage: docker-compose [OPTIONS] COMMAND")
    );
    CHECK(output("orch", "version").starts_with("orch version "));
}

TEST_CASE("startup: on a terminal errors are coloured, unless the user says no") {
    const Scratch scratch;
    auto environment = scratch.environment();
    const auto colored = on_terminal({scratch.program("orch"), "nonsense"}, environment);
    CHECK(colored.code == 2);
    CHECK(colored.output.starts_with("\x1b[31morch:\x1b[0m 'nonsense' is not an orch command"));
    environment.emplace("NO_COLOR", "1");
    const auto plain = on_terminal({scratch.program("orch"), "nonsense"}, environment);
    CHECK(plain.output.starts_with("orch: 'nonsense'"));
}

TEST_CASE("startup: help fits the width of the terminal") {
    const Scratch scratch;
    Pty pty(24, 60);
    PtyProcess process(pty, {scratch.program("orch"), "machine"}, scratch.environment());
    CHECK(process.wait() == 0);
    std::size_t length = 0;
    for (const char c : pty.read_all()) {
        length = c == '\n' ? 0 : length + 1;
        REQUIRE(length <= 75); // the examples are not folded, options are
    }
}

TEST_CASE("startup: a full disk is told, a reader that has gone is not") {
    const Scratch scratch;
    CHECK(scratch.shell("orch --help > /dev/full 2> $HOME/full") == 1);
    CHECK(scratch.shell("grep -q \"orch: standard output cannot be written\" $HOME/full") == 0);

    int pipes[2];
    REQUIRE(::pipe(pipes) == 0);
    ::close(pipes[0]);
    CHECK(scratch.shell(fmt::format("orch --help >&{} 2> $HOME/gone", pipes[1])) == 1);
    ::close(pipes[1]);
    CHECK(scratch.shell("test ! -s $HOME/gone") == 0);
}

} // namespace orch::test
