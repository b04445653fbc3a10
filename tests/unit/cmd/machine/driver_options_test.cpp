#include "cmd/machine/driver_options.hpp"

#include <CLI/CLI.hpp>
#include <doctest/doctest.h>

namespace drivers = orch::drivers;
using orch::cmd::machine::DriverOptions;

namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

const drivers::Registry registry(
    {{.info =
          {.name = "box",
           .summary = "a box",
           .options =
               {
                   {.name = "box-host",
                    .env = "ORCH_BOX_HOST",
                    .env_else = "BOX_HOST",
                    .env_unless = "BOX_MACHINE",
                    .fallback = "local",
                    .help = "Where the boxes are"},
               }}}}
);

std::string host(const Variables& variables, const std::vector<std::string>& words = {}) {
    CLI::App app;
    const DriverOptions options(app, registry);
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
    const orch::os::Environment environment(variables);
    return options.values(registry.rows()[0].info, environment, 0, 1).text("box-host");
}

} // namespace

TEST_CASE("driver options: the command line wins over its variable, and that over the default") {
    CHECK(host({}) == "local");
    CHECK(host({{"ORCH_BOX_HOST", "own"}}) == "own");
    CHECK(host({{"ORCH_BOX_HOST", "own"}}, {"--box-host", "said"}) == "said");
    CHECK(host({{"ORCH_BOX_HOST", ""}}) == "local"); // empty counts as not set
}

TEST_CASE("driver options: a second variable counts unless a third says that it is about another") {
    CHECK(host({{"BOX_HOST", "general"}}) == "general");
    CHECK(host({{"BOX_HOST", "general"}, {"ORCH_BOX_HOST", "own"}}) == "own");
    CHECK(host({{"BOX_HOST", "machine"}, {"BOX_MACHINE", "web1"}}) == "local");
    CHECK(
        host({{"BOX_HOST", "machine"}, {"BOX_MACHINE", "web1"}, {"ORCH_BOX_HOST", "own"}}) == "own"
    );
}
