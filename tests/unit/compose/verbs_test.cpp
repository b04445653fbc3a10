// pause, unpause, port, top, scale, wait, stats, events, projects, volumes and copy.
#include "compose/copy.hpp"
#include "compose/events.hpp"
#include "compose/pause.hpp"
#include "compose/port.hpp"
#include "compose/projects.hpp"
#include "compose/ps.hpp"
#include "compose/scale.hpp"
#include "compose/stats.hpp"
#include "compose/stop.hpp"
#include "compose/top.hpp"
#include "compose/volumes.hpp"
#include "compose/wait.hpp"
#include "lib/base/error.hpp"
#include "lib/fs/files.hpp"
#include "lib/tasks/clock.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/tar_reader.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/compose/scene.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace compose = orch::compose;
namespace engine = orch::engine;
namespace test = orch::test;
using test::Lines;

namespace {

struct Pair : test::Scene {
    Pair() : Scene({test::service("db"), test::service("web", {"db"})}) {
        at("web").ports = {{"127.0.0.1", "8000", 80, "tcp"}};
        up();
        changes();
    }

    /// In seconds since 1970 with nanoseconds: all that has happened is before it.
    static std::string this_moment() {
        const auto nanos = std::chrono::system_clock::now().time_since_epoch().count();
        return fmt::format("{}.{:09}", nanos / 1'000'000'000, nanos % 1'000'000'000);
    }

    void scale(int count) { compose::scale(project, engine, {.wanted = {{"db", count}}}, job); }
};

} // namespace

TEST_CASE("pause: acts on what runs, unpause on what is paused; dependants freeze first") {
    Pair scene;
    CHECK(
        compose::pause(scene.project, scene.engine, {.services = {"db"}}, scene.job).changed ==
        Lines{"p_db_1"}
    );
    const auto rest = compose::pause(scene.project, scene.engine, {}, scene.job);
    CHECK(rest.found == Lines{"p_db_1", "p_web_1"});
    CHECK(rest.changed == Lines{"p_web_1"});
    CHECK(scene.states() == Lines{"p_db_1 paused", "p_web_1 paused"});
    scene.changes();
    compose::unpause(scene.project, scene.engine, {}, scene.job);
    CHECK(
        scene.changes() ==
        Lines{"POST /containers/p_db_1/unpause", "POST /containers/p_web_1/unpause"}
    );
    CHECK(compose::unpause(scene.project, scene.engine, {}, scene.job).changed.empty());
    compose::stop(scene.project, scene.engine, {}, scene.job);
    CHECK(compose::pause(scene.project, scene.engine, {}, scene.job).found.empty());
}

TEST_CASE("port: the first binding of a running container, or nothing") {
    Pair scene;
    CHECK(
        compose::port(scene.project, scene.engine, {.service = "web", .port = 80}) ==
        "127.0.0.1:8000"
    );
    CHECK_FALSE(compose::port(scene.project, scene.engine, {.service = "web", .port = 81}));
    CHECK_FALSE(compose::port(
        scene.project, scene.engine, {.service = "web", .port = 80, .protocol = "udp"}
    ));
    CHECK_THROWS_WITH_AS(
        compose::port(scene.project, scene.engine, {.service = "web", .port = 80, .index = 2}),
        "No container found for web_2",
        orch::Error
    );
    CHECK_THROWS_WITH_AS(
        compose::port(scene.project, scene.engine, {.service = "x", .port = 80}),
        doctest::Contains("No such service: x"),
        orch::Error
    );
}

TEST_CASE("top: the engine's table of each running container, by name") {
    Pair scene;
    compose::stop(scene.project, scene.engine, {.services = {"web"}}, scene.job);
    const auto tables = compose::top(scene.project, scene.engine, {}, scene.job);
    REQUIRE(tables.size() == 1);
    CHECK(tables[0].container == "p_db_1");
    CHECK(tables[0].processes.titles == Lines{"UID", "PID", "CMD"});
    CHECK(tables[0].processes.rows == std::vector<Lines>{{"root", "4242", "httpd -f"}});
}

TEST_CASE("scale: creates at the next numbers, removes the highest, leaves other services alone") {
    Pair scene;
    scene.scale(3);
    CHECK(
        scene.states() ==
        Lines{"p_db_1 running", "p_db_2 running", "p_db_3 running", "p_web_1 running"}
    );
    scene.changes();
    CHECK(
        compose::scale(scene.project, scene.engine, {.wanted = {{"db", 3}}}, scene.job) ==
        Lines{"db"}
    );
    CHECK(scene.changes().empty());
    scene.scale(1);
    CHECK(scene.states() == Lines{"p_db_1 running", "p_web_1 running"});
    CHECK(scene.recorder.has("Stopping and removing p_db_3 done"));
    scene.scale(0);
    CHECK(scene.states() == Lines{"p_web_1 running"});
}

TEST_CASE("scale: stopped containers are started before new ones are made, and never removed") {
    Pair scene;
    scene.scale(3);
    compose::stop(scene.project, scene.engine, {.services = {"db"}}, scene.job);
    scene.changes();
    scene.scale(2);
    CHECK(
        scene.states() ==
        Lines{"p_db_1 running", "p_db_2 running", "p_db_3 exited", "p_web_1 running"}
    );
    scene.scale(1);
    CHECK(scene.states() == Lines{"p_db_1 running", "p_db_3 exited", "p_web_1 running"});
    scene.scale(3); // number 2 is not used again
    CHECK(
        scene.states() ==
        Lines{"p_db_1 running", "p_db_3 running", "p_db_4 running", "p_web_1 running"}
    );
}

TEST_CASE("scale: an unknown service is an error before anything is changed") {
    Pair scene;
    CHECK_THROWS_WITH_AS(
        compose::scale(scene.project, scene.engine, {.wanted = {{"db", 2}, {"zz", 1}}}, scene.job),
        doctest::Contains("No such service: zz"),
        orch::Error
    );
    CHECK(scene.changes().empty());
}

TEST_CASE("wait: tells each code; with `first` it ends with the first") {
    Pair scene;
    Lines told;
    const auto tell = [&](const std::string& name, int code) {
        told.push_back(name + " " + std::to_string(code));
        if (name == "p_web_1")
            scene.fake.exit("p_db_1", 4);
    };
    const auto looks = [&] {
        const auto journal = scene.fake.journal();
        return std::count_if(journal.begin(), journal.end(), [](const auto& exchange) {
            return exchange.path == "/containers/json";
        });
    };
    const auto before = looks();
    const auto end = [&](const char* name, int code) {
        while (looks() == before) // until it was seen to run
            std::this_thread::yield();
        scene.fake.exit(name, code);
    };
    SUBCASE("all") {
        const std::jthread ender([&] { end("p_web_1", 3); });
        CHECK(compose::wait(scene.project, scene.engine, {}, tell, scene.job) == 4);
        CHECK(told == Lines{"p_web_1 3", "p_db_1 4"});
    }
    SUBCASE("the first") {
        const std::jthread ender([&] { end("p_db_1", 5); });
        const compose::WaitOptions first{.services = {"db"}, .first = true};
        CHECK(compose::wait(scene.project, scene.engine, first, tell, scene.job) == 5);
        CHECK(told == Lines{"p_db_1 5"});
    }
}

TEST_CASE("stats: one table of what runs, or with `all` of what does not, too") {
    Pair scene;
    compose::stop(scene.project, scene.engine, {.services = {"web"}}, scene.job);
    orch::tasks::SystemClock clock;
    std::vector<compose::StatsRow> rows;
    const auto keep = [&](const std::vector<compose::StatsRow>& table) { rows = table; };
    compose::stats(scene.project, scene.engine, {}, keep, clock, scene.job);
    REQUIRE(rows.size() == 1);
    REQUIRE(rows[0].usage);
    CHECK(rows[0].name == "p_db_1");
    CHECK(rows[0].usage->cpu_percent == doctest::Approx(25));
    CHECK(rows[0].usage->memory == 2U << 20U);
    CHECK(rows[0].usage->received == 1090);
    CHECK(rows[0].usage->blocks_read == 4096);
    CHECK(rows[0].usage->processes == 1);
    compose::stats(scene.project, scene.engine, {.all = true}, keep, clock, scene.job);
    REQUIRE(rows.size() == 2);
    CHECK_FALSE(rows[1].usage);
}

TEST_CASE("events: those of the services' containers, without docker-compose's own labels") {
    Pair scene;
    compose::stop(scene.project, scene.engine, {}, scene.job);
    Lines seen;
    compose::events(
        scene.project,
        scene.engine,
        {.services = {"web"}, .since = "0", .until = "1"},
        [&](const compose::ProjectEvent&) { seen.push_back("too early"); }
    );
    CHECK(seen.empty());
    compose::events(
        scene.project,
        scene.engine,
        {.services = {"web"}, .since = "0", .until = Pair::this_moment()},
        [&](const compose::ProjectEvent& shown) {
            CHECK(shown.service == "web");
            CHECK_FALSE(shown.event.attributes.contains("com.docker.compose.project"));
            seen.push_back(shown.event.action);
        }
    );
    CHECK(seen == Lines{"create", "start", "kill", "kill", "die", "stop"});
}

TEST_CASE("projects: from the labels, running ones unless all are wanted") {
    Pair scene;
    compose::stop(scene.project, scene.engine, {.services = {"web"}}, scene.job);
    auto rows = compose::projects(scene.engine, {});
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].name == "p");
    CHECK(rows[0].status == "running(1)");
    CHECK(rows[0].config_files == "/w/docker-compose.yml");
    CHECK(compose::projects(scene.engine, {.all = true})[0].status == "exited(1), running(1)");
    CHECK(compose::projects(scene.engine, {.name = "q"}).empty());
}

TEST_CASE("volumes: what the containers use, with whether anybody named it") {
    Pair scene;
    const auto rows = compose::volumes(scene.project, scene.engine, {"db"});
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].anonymous);
    CHECK(rows[0].driver == "local");
}

TEST_CASE("ps: filters by state and by source") {
    Pair scene;
    scene.at("db").build = compose::Build{.context = "/w"};
    compose::stop(scene.project, scene.engine, {.services = {"web"}}, scene.job);
    const auto names = [&](const compose::PsOptions& options) {
        Lines found;
        for (const auto& row : compose::ps(scene.project, scene.engine, options, scene.job))
            found.push_back(row.name);
        return found;
    };
    CHECK(names({.states = {"running"}}) == Lines{"p_db_1"});
    CHECK(names({.states = {"stopped"}}) == Lines{"p_web_1"});
    CHECK(names({.states = {"paused"}}).empty());
    CHECK(names({.source = "build"}) == Lines{"p_db_1"});
    CHECK(names({.source = "image"}) == Lines{"p_web_1"});
    CHECK_THROWS_WITH_AS(names({.states = {"foo"}}), "Invalid state: foo", orch::Error);
    CHECK(
        compose::service_names(scene.project, scene.engine, {.states = {"stopped"}}) == Lines{"web"}
    );
    compose::pause(scene.project, scene.engine, {}, scene.job);
    CHECK(
        compose::service_names(scene.project, scene.engine, {.states = {"running"}}) == Lines{"db"}
    );
}

TEST_CASE("copy: a place is SERVICE:PATH unless it begins like a path") {
    CHECK(compose::copy_place("web:/etc").service == "web");
    CHECK(compose::copy_place("web:/etc").path == "/etc");
    CHECK(compose::copy_place("./a:b").service.empty());
    CHECK(compose::copy_place("/a:b").path == "/a:b");
    CHECK(compose::copy_place("-").path == "-");
}

TEST_CASE("copy: files and directories there and back") {
    Pair scene;
    test::TempDir dir;
    dir.write("src/a", "one");
    dir.write("src/sub/b", "two");
    const auto copy = [&](const std::string& from, const std::string& to) {
        const compose::CopyOptions options{
            .from = compose::copy_place(from), .to = compose::copy_place(to)};
        return compose::copy(scene.project, scene.engine, options, scene.job);
    };
    const auto here = [&](const std::string& name) { return (dir.path() / name).string(); };
    const auto read = [&](const std::string& name) { return orch::fs::read_file(here(name)); };

    CHECK(copy(here("src/a"), "web:/tmp/") == Lines{"p_web_1"});
    CHECK(scene.fake.uploads("p_web_1").at("/tmp/a") == "one");
    copy(here("src/a"), "web:/tmp/renamed");
    CHECK(scene.fake.uploads("p_web_1").at("/tmp/renamed") == "one");
    copy(here("src"), "web:/tmp");
    CHECK(scene.fake.uploads("p_web_1").at("/tmp/src/sub/b") == "two");
    copy(here("src"), "web:/tmp/new");
    CHECK(scene.fake.uploads("p_web_1").at("/tmp/new/sub/b") == "two");
    copy(here("src/."), "web:/etc");
    CHECK(scene.fake.uploads("p_web_1").at("/etc/sub/b") == "two");

    copy("web:/tmp/a", here("back"));
    CHECK(read("back") == "one");
    copy("web:/tmp/src", here("fresh"));
    CHECK(read("fresh/sub/b") == "two");
    copy("web:/tmp/src", here("fresh"));
    CHECK(read("fresh/src/sub/b") == "two");
    copy("web:/tmp/src/.", here("fresh/src"));
    CHECK(read("fresh/src/a") == "one");

    CHECK_THROWS_WITH_AS(
        copy("web:/tmp/src", here("back")), doctest::Contains("is a file"), orch::Error
    );
    CHECK_THROWS_WITH_AS(
        copy("web:/nothing", here("x")), "there is no /nothing in p_web_1", orch::Error
    );
    CHECK_THROWS_WITH_AS(
        copy(here("src/a"), "web:/nothing/x"),
        doctest::Contains("no directory /nothing"),
        orch::Error
    );
    CHECK_THROWS_AS(copy("web:/a", "db:/b"), orch::Error);
    CHECK_THROWS_AS(copy("/a", "/b"), orch::Error);
}

TEST_CASE("copy: a stream on standard output is the engine's archive") {
    Pair scene;
    test::TempDir dir;
    dir.write("a", "one");
    compose::CopyOptions there{.from = {"", (dir.path() / "a").string()}, .to = {"web", "/tmp/a"}};
    compose::copy(scene.project, scene.engine, there, scene.job);
    std::string tar;
    compose::CopyOptions back{.from = {"web", "/tmp/a"}, .to = {"", "-"}};
    back.output = [&](std::string_view bytes) { tar += bytes; };
    compose::copy(scene.project, scene.engine, back, scene.job);
    CHECK(test::read_tar(tar).at("a") == "one");
}
