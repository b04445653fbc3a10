// The binary under the name docker-compose: streams, phrases and exit codes are those of 1.29.2,
// taken from its own output, but for its defects.
#include "lib/fs/files.hpp"
#include "lib/process/system_runner.hpp"
#include "lib/tls/digest.hpp"
#include "tests/cli/scratch.hpp"
#include "tests/support/engine_server.hpp"
#include "tests/support/fake_engine.hpp"

#include <doctest/doctest.h>

namespace {

using Words = std::vector<std::string>;

struct Fixture {
    orch::test::Scratch scratch;
    orch::test::FakeEngine engine;
    orch::test::EngineServer server{engine, scratch.path("docker.sock")};
    std::map<std::string, std::string> extra; // further variables

    Fixture() {
        engine.add_image("redis");
        orch::fs::write_atomic(
            scratch.path("docker-compose.yml"),
            "web:\n  image: redis\n  links: [db]\ndb:\n  image: redis\n",
            0644
        );
    }

    orch::process::Outcome run(const std::string& program, const Words& words) {
        auto environment = scratch.environment();
        environment["DOCKER_HOST"] = "unix://" + scratch.path("docker.sock");
        environment["COMPOSE_PROJECT_NAME"] = "p";
        for (const auto& [name, value] : extra)
            environment[name] = value;
        Words argv{"env", "-i"};
        for (const auto& [name, value] : environment)
            if (!value.empty())
                argv.push_back(name + "=" + value);
        argv.push_back(scratch.program(program));
        argv.insert(argv.end(), words.begin(), words.end());
        return orch::process::SystemRunner().run(
            {.argv = argv, .dir = scratch.path(""), .timeout = std::chrono::seconds(30)}, {}
        );
    }

    orch::process::Outcome compose(const Words& words) { return run("docker-compose", words); }
};

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE_FIXTURE(Fixture, "docker-compose: what excludes each other is refused in its words") {
    struct Case {
        Words words;
        const char* said;
    };

    const std::vector<Case> cases{
        {{"up", "-d", "--abort-on-container-exit"},
         "-d cannot be combined with --abort-on-container-exit or --attach-dependencies."},
        {{"up", "-d", "--attach-dependencies"},
         "-d cannot be combined with --abort-on-container-exit or --attach-dependencies."},
        {{"up", "--force-recreate", "--no-recreate"},
         "--force-recreate and --no-recreate cannot be combined."},
        {{"up", "-V", "--no-recreate"},
         "--no-recreate and --renew-anon-volumes cannot be combined."},
        {{"up", "--build", "--no-build"}, "--build and --no-build can not be combined."},
        {{"up", "--no-start", "-d"}, "--no-start and --detach cannot be combined."},
        {{"up", "--no-start", "--abort-on-container-exit"},
         "--no-start and --abort-on-container-exit cannot be combined."},
        {{"up", "--scale", "web"}, "Arguments to scale should be in the form service=num"},
        {{"up", "--scale", "web=x"}, "Number of containers for service \"web\" is not a number"},
        {{"up", "nosuch"}, "No such service: nosuch"},
        {{"logs", "nosuch"}, "No such service: nosuch"},
        {{"logs", "--tail", "x"}, "tail flag must be all or a number"},
        {{"--ansi", "x", "ps"},
         "Invalid value for --ansi: x. Expected one of never, always, auto."},
        {{"--log-level", "x", "ps"},
         "Invalid value for --log-level. Expected one of DEBUG, INFO, WARNING, ERROR, CRITICAL."},
    };
    for (const auto& each : cases) {
        const auto outcome = compose(each.words);
        CAPTURE(each.said);
        CHECK(outcome.code == 1);
        CHECK(outcome.out == "");
        CHECK(outcome.err.substr(0, outcome.err.find('\n')) == each.said);
    }
    CHECK(engine.containers().empty());
}

TEST_CASE_FIXTURE(
    Fixture, "docker-compose: --exit-code-from a service that is not there ends with 2"
) {
    for (const auto* program : {"docker-compose", "orch"}) {
        Words words{"up", "--exit-code-from", "nosuch"};
        if (program == std::string("orch"))
            words.insert(words.begin(), "compose");
        const auto outcome = run(program, words);
        CHECK(outcome.code == 2);
        CHECK(has(outcome.err, "using --exit-code-from implies --abort-on-container-exit\n"));
        CHECK(has(outcome.err, "No service named \"nosuch\" was found in your compose file.\n"));
    }
}

TEST_CASE_FIXTURE(
    Fixture, "docker-compose: an unknown command is answered with the list of those"
) {
    const auto outcome = compose({"frob"});
    CHECK(outcome.code == 1);
    CHECK(outcome.err.starts_with("No such command: frob\n\nCommands:\n"));
    CHECK(has(outcome.err, "\n  up "));
}

TEST_CASE_FIXTURE(Fixture, "docker-compose: its version is the one that scripts ask for") {
    const std::string line = "docker-compose version 1.29.2, build orch\n";
    for (const auto* word : {"-v", "--version"}) {
        const auto outcome = compose({word});
        CHECK(outcome.code == 0);
        CHECK(outcome.out == line);
    }
    CHECK(compose({"version"}).out == line + "orch version: " + ORCH_VERSION + "\n");
    CHECK(compose({"version", "--short"}).out == "1.29.2\n");
    CHECK(run("orch", {"compose", "version", "--short"}).out == ORCH_VERSION "\n");
}

TEST_CASE_FIXTURE(Fixture, "docker-compose: the help of a verb begins with its usage") {
    for (const auto& words : {Words{"help", "up"}, Words{"up", "--help"}}) {
        const auto outcome = compose(words);
        CHECK(outcome.code == 0);
        CHECK(outcome.out.starts_with(
            "Usage: up [options] [--scale SERVICE=NUM...] [--] [SERVICE...]\n\n"
        ));
    }
    CHECK(compose({"help", "run"}).out.starts_with("Usage:\n    run [options] "));
    CHECK(compose({"help", "wait"}).out.starts_with("Usage: docker-compose wait [OPTIONS]"));
    CHECK(run("orch", {"compose", "help", "up"}).out.starts_with("Usage: orch compose up "));
    CHECK(run("docker-machine", {"help", "config"}).out.starts_with("Usage: docker-machine config")
    );
}

TEST_CASE_FIXTURE(
    Fixture, "docker-compose: an engine that is not there is asked for in its words"
) {
    extra = {{"DOCKER_HOST", "unix://" + scratch.path("nothing.sock")}};
    const auto outcome = compose({"ps"});
    CHECK(outcome.code == 1);
    CHECK(outcome.err.starts_with(
        "Couldn't connect to Docker daemon at unix://" + scratch.path("nothing.sock") +
        " - is it running?\n"
    ));
    CHECK(has(outcome.err, "\nhint: "));
    CHECK(has(run("orch", {"compose", "ps"}).err, "cannot connect to the Docker engine at"));
}

TEST_CASE_FIXTURE(Fixture, "docker-compose: bad files are announced as it does") {
    const std::string bad = "web:\n  image: redis\n  prots: ['80']\n  command: {a: b}\n";
    orch::fs::write_atomic(scratch.path("bad.yml"), bad, 0644);
    const auto outcome = compose({"-f", "bad.yml", "config", "-q"});
    CHECK(outcome.code == 1);
    CHECK(outcome.err.starts_with("The Compose file './bad.yml' is invalid because:\n"));
    CHECK(has(outcome.err, "Unsupported config option for web: 'prots'"));
    CHECK(
        has(outcome.err, "web.command contains an invalid type, it should be a string, or an array")
    );
    orch::fs::write_atomic(scratch.path("odd.yml"), "db: oops\n", 0644);
    const auto both = compose({"-f", "bad.yml", "-f", "odd.yml", "config", "-q"});
    CHECK(has(both.err, "The Compose file"));
    CHECK(has(both.err, "'db' must be a mapping"));
    orch::fs::write_atomic(scratch.path("new.yml"), "version: '3'\nservices: {}\n", 0644);
    CHECK(has(compose({"-f", "new.yml", "up"}).err, "this is not a version 1 file"));
}

TEST_CASE_FIXTURE(Fixture, "docker-compose: start names the services that have no containers") {
    CHECK(
        compose({"start"}).err == "Starting db ... failed\nStarting web ... failed\n"
                                  "No containers to start\nhint: docker-compose up -d makes them\n"
    );
    CHECK(
        run("orch", {"compose", "start"}).err ==
        "orch: No containers to start\nhint: orch compose up -d makes them\n"
    );
}

TEST_CASE_FIXTURE(
    Fixture, "docker-compose: pull has a line for every service, a call for each image"
) {
    engine.offer_image("redis");
    CHECK(
        compose({"pull", "--no-parallel"}).err == "Pulling db (redis:latest)...\n"
                                                  "Pulling web (redis:latest)...\n"
    );
    CHECK(compose({"pull", "--no-parallel", "web"}).err == "Pulling web (redis:latest)...\n");
    const auto parallel = compose({"pull"});
    CHECK(has(parallel.err, "Pulling db ... done\n"));
    CHECK(has(parallel.err, "Pulling web ... done\n"));
    std::size_t pulls = 0;
    for (const auto& call : engine.journal())
        pulls += call.path == "/images/create" ? 1 : 0;
    CHECK(pulls == 3);
}

TEST_CASE_FIXTURE(Fixture, "docker-compose: what is said of old and of redundant flags") {
    CHECK(
        compose({"rm", "-f", "--all"}).err ==
        "--all flag is obsolete. This is now the default behavior of `docker-compose rm`\n"
    );
    CHECK(run("orch", {"compose", "rm", "-f", "--all"}).err.empty());
    CHECK(!has(
        compose({"up", "--abort-on-container-exit", "--exit-code-from", "nosuch"}).err, "implies"
    ));
}

TEST_CASE_FIXTURE(Fixture, "docker-compose: run names the service that cannot start") {
    engine.fail_next("POST", "/containers/.*/start", 500, "no such user");
    const auto outcome = compose({"run", "-d", "--no-deps", "web", "true"});
    CHECK(outcome.code == 1);
    CHECK(has(outcome.err, "\nCannot start service web: no such user\n"));
}

TEST_CASE_FIXTURE(Fixture, "docker-compose: up --scale says what it does with those too many") {
    REQUIRE(compose({"up", "-d", "--scale", "db=2"}).code == 0);
    CHECK(
        has(compose({"up", "-d", "--scale", "db=1"}).err, "Stopping and removing p_db_2 ... done\n")
    );
}

TEST_CASE_FIXTURE(Fixture, "docker-compose: a remark of the domain names the user's own commands") {
    orch::fs::write_atomic(scratch.path("Dockerfile"), "FROM redis\n", 0644);
    orch::fs::write_atomic(scratch.path("docker-compose.yml"), "app:\n  build: .\n", 0644);
    const auto outcome = compose({"up", "-d"});
    CHECK(outcome.code == 0);
    CHECK(has(outcome.err, "must use `docker-compose build` or `docker-compose up --build`."));
}

TEST_CASE_FIXTURE(Fixture, "docker-compose: a failed up names the container, then the whole") {
    engine.fail_next("POST", "/containers/p_db_1/start", 500, "port is already allocated");
    const auto outcome = compose({"up", "-d"});
    CHECK(outcome.code == 1);
    CHECK(outcome.out == "");
    CHECK(
        outcome.err == "Creating p_db_1 ... \n"
                       "Creating p_db_1 ... error\n"
                       "\n"
                       "ERROR: for p_db_1  Cannot start service db: port is already allocated\n"
                       "Creating p_web_1 ... error\n"
                       "\n"
                       "ERROR: for p_web_1  p_db_1 failed\n"
                       "Encountered errors while bringing up the project.\n"
    );
    CHECK(compose({"up", "-d"}).code == 0);
}

TEST_CASE_FIXTURE(
    Fixture, "docker-compose: log prefixes have its width, and no colours in a pipe"
) {
    REQUIRE(compose({"up", "-d"}).code == 0);
    engine.print("p_db_1", 1, "hello");
    const auto plain = compose({"logs", "db"});
    CHECK(plain.out == "Attaching to p_db_1\ndb_1   | hello\n");
    CHECK(
        compose({"--ansi", "always", "logs", "db"}).out ==
        "Attaching to p_db_1\n\x1b[36mdb_1   |\x1b[0m hello\n"
    );
    const auto old_flag = compose({"--ansi", "always", "--no-ansi", "logs", "db"});
    CHECK(old_flag.out == plain.out);
    CHECK(
        old_flag.err == "--no-ansi option is deprecated and will be removed in future versions. "
                        "Use `--ansi never` instead.\n"
    );
    CHECK(run("orch", {"compose", "--no-ansi", "logs", "db"}).err.empty());
    CHECK(compose({"--ansi", "always", "logs", "--no-color", "db"}).out == plain.out);
    CHECK(compose({"logs", "--no-log-prefix", "db"}).out == "Attaching to p_db_1\nhello\n");
    CHECK(run("orch", {"compose", "logs", "db"}).out == "Attaching to p_db_1\ndb_1 | hello\n");
}

TEST_CASE_FIXTURE(Fixture, "docker-compose: options are understood behind the service, too") {
    CHECK(compose({"up", "db", "-d", "-t", "1"}).code == 0);
    CHECK(engine.containers().size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "compose: --log-level leaves out what is of less weight") {
    REQUIRE(compose({"up", "-d"}).code == 0);
    CHECK(compose({"up", "-d"}).err == "p_db_1 is up-to-date\np_web_1 is up-to-date\n");
    CHECK(compose({"up", "-d", "--no-recreate"}).err == "");
    CHECK(has(compose({"run", "-d", "web", "true"}).err, "Creating p_web_run_"));
    CHECK(!has(compose({"run", "-d", "web", "true"}).err, "p_db_1"));
    CHECK(compose({"--log-level", "WARNING", "up", "-d"}).err == "");
    CHECK(has(compose({"--verbose", "ps"}).err, "/containers/json"));
    CHECK(compose({"--log-level", "warning", "up", "-d"}).err == "");
    const auto all = compose({"--log-level", "debug", "ps"});
    CHECK(has(all.err, "Using configuration files: " + scratch.path("docker-compose.yml")));
    const auto quiet = compose({"--log-level", "critical", "exec", "nosuch", "true"});
    CHECK(quiet.code == 1);
    CHECK(quiet.err == "");
}

TEST_CASE_FIXTURE(Fixture, "compose: the variables of docker-compose and of today's") {
    extra = {{"COMPOSE_API_VERSION", "1.30"}};
    REQUIRE(compose({"up", "-d"}).code == 0);
    CHECK(engine.journal().back().version == "1.30");
    extra = {{"COMPOSE_API_VERSION", "1.19"}};
    CHECK(has(compose({"ps"}).err, "COMPOSE_API_VERSION is 1.19"));
    extra = {{"COMPOSE_HTTP_TIMEOUT", "x"}};
    CHECK(has(compose({"ps"}).err, "COMPOSE_HTTP_TIMEOUT must be a number of seconds"));
    extra = {{"COMPOSE_PARALLEL_LIMIT", "1"}};
    CHECK(has(compose({"up", "-d"}).err, "COMPOSE_PARALLEL_LIMIT can not be less than 2"));
    CHECK(compose({"--parallel", "1", "up", "-d"}).code == 0);
    extra = {{"COMPOSE_IGNORE_ORPHANS", "1"}};
    CHECK(
        has(compose({"up", "-d", "--remove-orphans"}).err,
            "COMPOSE_IGNORE_ORPHANS and --remove-orphans cannot be combined.")
    );
    extra = {{"COMPOSE_ANSI", "always"}};
    CHECK(has(compose({"logs"}).out, "Attaching to"));
    extra = {{"COMPOSE_PROGRESS", "json"}};
    CHECK(compose({"up", "-d", "--force-recreate"}).err.starts_with("{"));
}

TEST_CASE_FIXTURE(
    Fixture, "compose: an engine that does not answer ends with COMPOSE_HTTP_TIMEOUT"
) {
    engine.stall_next("GET", "/containers/json");
    extra = {{"COMPOSE_HTTP_TIMEOUT", "1"}};
    const auto outcome = compose({"ps"});
    CHECK(outcome.code == 1);
    CHECK(has(outcome.err, "COMPOSE_HTTP_TIMEOUT"));
}

TEST_CASE_FIXTURE(Fixture, "compose: contexts of the docker client lead to their engines") {
    const auto meta = scratch.path(".docker/contexts/meta/" + orch::tls::sha256_hex("lab"));
    std::filesystem::create_directories(meta);
    orch::fs::write_atomic(
        meta + "/meta.json",
        R"({"Name": "lab", "Metadata": {}, "Endpoints": {"docker": {"Host": "unix://)" +
            scratch.path("docker.sock") + R"("}}})",
        0644
    );
    extra = {{"DOCKER_HOST", ""}, {"DOCKER_CONFIG", scratch.path(".docker")}};
    CHECK(compose({"-c", "lab", "up", "-d"}).code == 0);
    extra["DOCKER_CONTEXT"] = "lab";
    CHECK(compose({"ps", "-q"}).out.size() == 130);
    extra["DOCKER_CONTEXT"] = "";
    orch::fs::write_atomic(
        scratch.path(".docker/config.json"), R"({"currentContext": "lab"})", 0644
    );
    CHECK(compose({"ps", "-q"}).out.size() == 130);
    CHECK(has(compose({"-c", "other", "ps"}).err, "context \"other\" not found"));
    CHECK(
        has(compose({"-c", "lab", "-H", "unix:///x", "ps"}).err,
            "either specify --host or --context, not both")
    );
}
