// The whole binary against a FakeEngine behind a real unix socket: what people read, word for word.
#include "lib/fs/files.hpp"
#include "lib/process/system_runner.hpp"
#include "tests/cli/scratch.hpp"
#include "tests/support/engine_server.hpp"
#include "tests/support/fake_engine.hpp"

#include <doctest/doctest.h>

namespace {

struct Fixture {
    orch::test::Scratch scratch;
    orch::test::FakeEngine engine;
    orch::test::EngineServer server{engine, scratch.path("docker.sock")};

    Fixture() {
        engine.add_image("redis");
        engine.add_image("busybox");
        orch::fs::write_atomic(
            scratch.path("docker-compose.yml"),
            "web:\n  image: busybox\n  command: httpd -f\n  ports: [\"8000:80\"]\n  links: "
            "[redis]\n"
            "redis:\n  image: redis\n",
            0644
        );
    }

    /// Runs a program of the scratch directory on the project "p" there.
    orch::process::Outcome run(const std::string& program, std::vector<std::string> words) {
        auto environment = scratch.environment();
        environment["DOCKER_HOST"] = "unix://" + scratch.path("docker.sock");
        environment["COMPOSE_PROJECT_NAME"] = "p";
        words.insert(words.begin(), scratch.program(program));
        std::vector<std::string> argv{"env", "-i"};
        for (const auto& [name, value] : environment)
            argv.push_back(name + "=" + value);
        argv.insert(argv.end(), words.begin(), words.end());
        return orch::process::SystemRunner().run(
            {.argv = argv, .dir = scratch.path(""), .timeout = std::chrono::seconds(30)}, {}
        );
    }

    orch::process::Outcome compose(std::vector<std::string> words) {
        words.insert(words.begin(), "compose");
        return run("orch", std::move(words));
    }
};

} // namespace

TEST_CASE_FIXTURE(
    Fixture, "compose: up starts what is linked first, and a second up has nothing to do"
) {
    const auto first = compose({"up", "-d"});
    CHECK(first.code == 0);
    CHECK(first.out == "");
    CHECK(
        first.err == "Creating p_redis_1 ... \n"
                     "Creating p_redis_1 ... done\n"
                     "Creating p_web_1   ... \n"
                     "Creating p_web_1   ... done\n"
    );
    const auto second = compose({"up", "-d"});
    CHECK(second.code == 0);
    CHECK(second.err == "p_redis_1 is up-to-date\np_web_1 is up-to-date\n");
}

TEST_CASE_FIXTURE(
    Fixture, "compose: a dry run prints every step with its cause and changes nothing"
) {
    const auto outcome = compose({"up", "--dry-run"});
    CHECK(outcome.code == 0);
    CHECK(outcome.out.find("create p_redis_1: no container yet\n") != std::string::npos);
    CHECK(compose({"ps", "-q"}).out == "");
}

TEST_CASE_FIXTURE(Fixture, "compose: ps is docker-compose's table, also under its name") {
    REQUIRE(compose({"up", "-d"}).code == 0);
    const auto table = run("docker-compose", {"ps"});
    CHECK(table.code == 0);
    CHECK(table.out.find("p_web_1") != std::string::npos);
    CHECK(table.out.find("0.0.0.0:8000->80/tcp") != std::string::npos);
    CHECK(table.out == compose({"ps"}).out);
    CHECK(compose({"ps", "-q"}).out.size() == 2 * 65);
}

TEST_CASE_FIXTURE(Fixture, "compose: down leaves nothing, and doing it twice is fine") {
    REQUIRE(compose({"up", "-d"}).code == 0);
    CHECK(compose({"down"}).code == 0);
    CHECK(compose({"ps", "-q"}).out == "");
    CHECK(compose({"down"}).code == 0);
}

TEST_CASE_FIXTURE(Fixture, "compose: pause and unpause say when there is nothing for them") {
    const auto none = run("docker-compose", {"pause"});
    CHECK(none.code == 1);
    CHECK(none.err.starts_with("No containers to pause\n"));
    REQUIRE(compose({"up", "-d"}).code == 0);
    CHECK(compose({"pause", "web"}).err == "Pausing p_web_1 ... \nPausing p_web_1 ... done\n");
    CHECK(compose({"unpause"}).err == "Unpausing p_web_1 ... \nUnpausing p_web_1 ... done\n");
}

TEST_CASE_FIXTURE(Fixture, "compose: scale has docker-compose's phrases") {
    const auto bad = run("docker-compose", {"scale", "redis=x"});
    CHECK(bad.code == 1);
    CHECK(
        bad.err == "The scale command is deprecated. Use the up command with the --scale flag "
                   "instead.\nNumber of containers for service \"redis\" is not a number\n"
    );
    REQUIRE(compose({"up", "-d"}).code == 0);
    CHECK(compose({"scale", "redis=2"}).code == 0);
    CHECK(
        compose({"scale", "redis=2"}).err == "redis: Desired container number already achieved\n"
    );
    CHECK(
        compose({"scale", "redis=1"}).err == "Stopping and removing p_redis_2 ... \n"
                                             "Stopping and removing p_redis_2 ... done\n"
    );
}

TEST_CASE_FIXTURE(Fixture, "compose: port is an address, an empty line or an error") {
    REQUIRE(compose({"up", "-d"}).code == 0);
    CHECK(compose({"port", "web", "80"}).out == "0.0.0.0:8000\n");
    CHECK(compose({"port", "web", "81"}).code == 1);
    CHECK(compose({"port", "web", "http"}).code == 2);
    const auto older = run("docker-compose", {"port", "web", "81"});
    CHECK(older.code == 0);
    CHECK(older.out == "\n");
    CHECK(
        compose({"port", "--index", "2", "web", "80"}).err.find("No container found for web_2") !=
        std::string::npos
    );
}

TEST_CASE_FIXTURE(Fixture, "compose: ls, images, top and stats are tables or JSON") {
    REQUIRE(compose({"up", "-d"}).code == 0);
    CHECK(compose({"ls", "-q"}).out == "p\n");
    CHECK(compose({"ls"}).out.find("running(2)") != std::string::npos);
    CHECK(compose({"ls", "--format", "json"}).out.find("\"Name\": \"p\"") != std::string::npos);
    CHECK(compose({"images"}).out.starts_with("Container"));
    CHECK(compose({"images", "-q"}).out.size() == 2 * 65);
    CHECK(
        compose({"top", "web"}).out == "p_web_1\n"
                                       "UID    PID      CMD   \n"
                                       "----------------------\n"
                                       "root   4242   httpd -f\n"
    );
    CHECK(compose({"stats", "--no-stream"}).out.find("25.00%   2MiB / 1GiB") != std::string::npos);
    const auto lines = compose({"stats", "--no-stream", "--format", "json"}).out;
    CHECK(std::count(lines.begin(), lines.end(), '\n') == 2); // an object a line
}

TEST_CASE_FIXTURE(Fixture, "compose: completion offers services by what they do") {
    REQUIRE(compose({"up", "-d"}).code == 0);
    REQUIRE(compose({"stop", "web"}).code == 0);
    const auto offers = [&](const std::string& verb) {
        return run("orch", {"__complete", "bash", "orch", "compose", verb, ""}).out;
    };
    CHECK(offers("start") == "web\n");
    CHECK(offers("stop") == "redis\n");
    CHECK(offers("unpause") == "");
}

TEST_CASE_FIXTURE(Fixture, "compose: all findings of a file come at once, each with its place") {
    orch::fs::write_atomic(
        scratch.path("docker-compose.yml"),
        "web:\n  image: busybox\n  prots: [\"80\"]\n  links: [nosuch]\n",
        0644
    );
    const auto outcome = compose({"up", "-d"});
    CHECK(outcome.code == 1);
    CHECK(
        outcome.err ==
        "orch: the compose file docker-compose.yml is not valid\n"
        "docker-compose.yml:3:3: Unsupported config option for web: 'prots' (did you mean "
        "'ports'?)\n"
        "docker-compose.yml:4:11: Service 'web' has a link to service 'nosuch' which is "
        "undefined.\n"
    );
}

TEST_CASE_FIXTURE(
    Fixture, "compose: an engine that fails a call is quoted, and the exit code says so"
) {
    engine.fail_next("POST", "/containers/.*/start", 500, "no space left on device");
    const auto outcome = compose({"up", "-d"});
    CHECK(outcome.code == 1);
    CHECK(outcome.err.find("no space left on device") != std::string::npos);
    CHECK(outcome.err.find("p_redis_1") != std::string::npos);
    CHECK(compose({"up", "-d"}).code == 0); // the next one mends it
}

TEST_CASE_FIXTURE(Fixture, "compose: an unknown option is a usage error") {
    const auto outcome = compose({"up", "--frobnicate"});
    CHECK(outcome.code == 2);
    CHECK(outcome.err.find("--frobnicate") != std::string::npos);
    CHECK(outcome.err.find("hint: ") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "machine: an unknown machine is named with docker-machine's words") {
    const auto outcome = run("docker-machine", {"inspect", "web1"});
    CHECK(outcome.code == 1);
    CHECK(
        outcome.err ==
        "Docker machine \"web1\" does not exist. Use \"docker-machine ls\" to list machines. "
        "Use \"docker-machine create\" to add a new one.\n"
    );
    CHECK(
        run("orch", {"machine", "ls"}).out ==
        "NAME   ACTIVE   DRIVER   STATE   URL   SWARM   DOCKER   ERRORS\n"
    );
}

TEST_CASE_FIXTURE(Fixture, "machine: env that fails prints a statement that makes eval fail too") {
    const auto outcome = run("orch", {"machine", "env", "--shell", "sh", "web1"});
    CHECK(outcome.code == 1);
    CHECK(outcome.out == "false\n");
}
