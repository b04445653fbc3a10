#include "cmd/ui/console.hpp"
#include "cmd/ui/error_report.hpp"
#include "tests/unit/cmd/harness.hpp"

#include <doctest/doctest.h>

namespace orch::cmd::ui {

namespace {

Error sample() {
    auto error = Error(Kind::remote, "the API said no").hint("orch machine rm web1 cleans up");
    error.detail("quota: 3 of 3").context("creating the server").context("creating web1");
    return error;
}

} // namespace

TEST_CASE("error report: outermost context, message, details, hint") {
    CHECK(
        error_text(sample(), {}) == "orch: creating web1: the API said no\n"
                                    "quota: 3 of 3\n"
                                    "hint: orch machine rm web1 cleans up\n"
    );
}

TEST_CASE("error report: the whole trail only on request") {
    CHECK(error_text(sample(), {.trail = true})
              .ends_with("  while creating the server\n"
                         "  while creating web1\n"));
}

TEST_CASE("error report: under an old name the first line has no prefix") {
    const auto text = error_text(sample(), {.persona = Persona::docker_machine});
    CHECK(text.starts_with("creating web1: creating the server: the API said no\n"));
    CHECK(text.find("hint: docker-machine rm web1 cleans up\n") != std::string::npos);
}

TEST_CASE("error report: the exit codes") {
    CHECK(exit_code(Kind::usage, Persona::orch) == 2);
    CHECK(exit_code(Kind::usage, Persona::docker_machine) == 1);
    CHECK(exit_code(Kind::cancelled, Persona::docker_compose) == 1); // "Aborting."
    CHECK(exit_code(Kind::network, Persona::orch) == 1);
    CHECK(exit_code(Kind::internal, Persona::orch) == 1);
}

TEST_CASE("error report: whatever is in flight gets a code, a closed output no words") {
    test::RecordedConsole recorded;
    const auto report = [&](auto exception) {
        try {
            throw exception;
        } catch (...) {
            return report_current(recorded.console, Persona::orch, false);
        }
    };
    CHECK(report(OutputClosed()) == 1);
    CHECK(recorded.err().empty());
    CHECK(report(Error(Kind::usage, "wrong")) == 2);
    CHECK(report(std::runtime_error("foreign")) == 1);
    CHECK(report(7) == 1);
    CHECK(recorded.err().starts_with("orch: wrong\norch: foreign\norch: "));
}

} // namespace orch::cmd::ui
