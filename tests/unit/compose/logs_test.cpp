#include "compose/logs.hpp"
#include "lib/base/error.hpp"
#include "tests/unit/compose/scene.hpp"

#include <doctest/doctest.h>

#include <condition_variable>
#include <functional>
#include <thread>

namespace compose = orch::compose;
namespace test = orch::test;
using test::Lines;

namespace {

/// Collects what is shown, and lets a test wait for it.
class Screen {
  public:
    compose::LogHandlers handlers() {
        return {
            .attached =
                [this](const std::vector<compose::LogSource>& sources) {
                    for (const auto& source : sources)
                        add("attached " + source.container);
                },
            .line = [this](
                        const compose::LogSource& source, int stream, std::string_view line
                    ) { add(source.display + (stream == 2 ? "! " : ": ") + std::string(line)); },
            .exited = [this](
                          const compose::LogSource& source, int code
                      ) { add(source.container + " exited " + std::to_string(code)); }};
    }

    void wait_for(const std::string& line) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] {
            return std::find(lines_.begin(), lines_.end(), line) != lines_.end();
        });
    }

    Lines lines() {
        const std::lock_guard lock(mutex_);
        return lines_;
    }

    Lines sorted() {
        auto all = lines();
        std::sort(all.begin(), all.end());
        return all;
    }

  private:
    void add(std::string line) {
        const std::lock_guard lock(mutex_);
        lines_.push_back(std::move(line));
        changed_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    Lines lines_;
};

} // namespace

TEST_CASE("logs: shows what was said, in whole lines, whatever the engine cuts apart") {
    test::Scene scene({test::service("db"), test::service("web")});
    scene.up();
    scene.fake.print("p_db_1", 1, "one");
    scene.fake.print("p_db_1", 2, "oops");
    scene.fake.print("p_web_1", 1, "two");
    scene.fake.cut_streams(3);
    Screen screen;
    compose::logs(scene.project, scene.engine, {}, screen.handlers(), scene.job);
    CHECK(
        screen.sorted() ==
        Lines{"attached p_db_1", "attached p_web_1", "db_1! oops", "db_1: one", "web_1: two"}
    );
}

TEST_CASE("logs: only those of the named services, only the last lines") {
    test::Scene scene({test::service("db"), test::service("web")});
    scene.at("db").container_name = "store";
    scene.up();
    for (const char* line : {"one", "two", "three"})
        scene.fake.print("store", 1, line);
    Screen screen;
    compose::logs(
        scene.project, scene.engine, {.services = {"db"}, .tail = "2"}, screen.handlers(), scene.job
    );
    CHECK(screen.lines() == Lines{"attached store", "store: two", "store: three"});
}

TEST_CASE("logs: following ends with the last container") {
    test::Scene scene({test::service("db"), test::service("web")});
    scene.up();
    Screen screen;
    std::jthread world([&] {
        scene.fake.print("p_db_1", 1, "one");
        screen.wait_for("db_1: one");
        scene.fake.exit("p_db_1", 7);
        screen.wait_for("p_db_1 exited 7");
        scene.fake.exit("p_web_1", 0);
    });
    compose::logs(scene.project, scene.engine, {.follow = true}, screen.handlers(), scene.job);
    CHECK(
        screen.lines() ==
        Lines{
            "attached p_db_1",
            "attached p_web_1",
            "db_1: one",
            "p_db_1 exited 7",
            "p_web_1 exited 0"}
    );
}

TEST_CASE("logs: a container that is started again goes on with its new lines") {
    test::Scene scene({test::service("db"), test::service("web")});
    scene.up();
    Screen screen;
    std::jthread world([&] {
        scene.fake.print("p_db_1", 1, "one");
        screen.wait_for("db_1: one");
        scene.fake.exit("p_db_1", 1);
        screen.wait_for("p_db_1 exited 1");
        orch::engine::Engine engine(scene.fake, {.socket = "/engine.sock"}, {});
        engine.start_container("p_db_1");
        scene.fake.print("p_db_1", 1, "two");
        screen.wait_for("db_1: two");
        scene.fake.exit("p_db_1", 2);
        screen.wait_for("p_db_1 exited 2");
        scene.fake.exit("p_web_1", 0);
    });
    compose::logs(scene.project, scene.engine, {.follow = true}, screen.handlers(), scene.job);
    auto shown = screen.lines();
    CHECK(std::count(shown.begin(), shown.end(), "db_1: one") == 1);
    CHECK(std::count(shown.begin(), shown.end(), "db_1: two") == 1);
}

TEST_CASE("logs: a stop request ends following at once") {
    test::Scene scene({test::service("db")});
    scene.up();
    Screen screen;
    std::jthread user([&] {
        screen.wait_for("attached p_db_1");
        scene.source.request_stop();
    });
    CHECK_THROWS_AS(
        compose::logs(scene.project, scene.engine, {.follow = true}, screen.handlers(), scene.job),
        orch::Error
    );
    CHECK(scene.states() == Lines{"p_db_1 running"});
}

TEST_CASE("logs: an engine that breaks off while following is an error, not a hang") {
    test::Scene scene({test::service("db"), test::service("web")});
    scene.up();
    Screen screen;
    scene.fake.drop_next("GET", "/containers/.*/logs");
    CHECK_THROWS_AS(
        compose::logs(scene.project, scene.engine, {.follow = true}, screen.handlers(), scene.job),
        orch::Error
    );
}

TEST_CASE("run attached: returns when all have ended, with their codes") {
    auto quick = test::service("quick");
    quick.command = {"sh", "-c", "exit 3"};
    test::Scene scene({quick});
    scene.up();
    Screen screen;
    const auto result =
        compose::run_attached(scene.project, scene.engine, {}, screen.handlers(), scene.job);
    REQUIRE(result.exits.size() == 1);
    CHECK(result.exits[0].code == 3);
    CHECK(result.exits[0].source.service == "quick");
    CHECK_FALSE(result.stopped);
}

TEST_CASE("run attached: may end with the first that ends") {
    test::Scene scene({test::service("db"), test::service("web")});
    scene.up();
    Screen screen;
    std::jthread world([&] {
        screen.wait_for("attached p_web_1");
        scene.fake.exit("p_web_1", 5);
    });
    const auto result = compose::run_attached(
        scene.project,
        scene.engine,
        {.until = compose::Until::first_exit},
        screen.handlers(),
        scene.job
    );
    REQUIRE(result.exits.size() == 1);
    CHECK(result.exits[0].source.container == "p_web_1");
    CHECK(scene.states() == Lines{"p_db_1 running", "p_web_1 exited"});
}

TEST_CASE("run attached: a stop request is no error and stops no container") {
    test::Scene scene({test::service("db")});
    scene.up();
    Screen screen;
    std::jthread user([&] {
        screen.wait_for("attached p_db_1");
        scene.source.request_stop();
    });
    const auto result =
        compose::run_attached(scene.project, scene.engine, {}, screen.handlers(), scene.job);
    CHECK(result.stopped);
    CHECK(scene.states() == Lines{"p_db_1 running"});
}

TEST_CASE("logs: one container of a service, until a time") {
    test::Scene scene({test::service("web")});
    scene.up({.what = {.scale = {{"web", 2}}}});
    scene.fake.print("p_web_1", 1, "one");
    scene.fake.print("p_web_2", 1, "two");
    Screen screen;
    compose::logs(
        scene.project, scene.engine, {.services = {"web"}, .index = 2}, screen.handlers(), scene.job
    );
    CHECK(screen.lines() == Lines{"attached p_web_2", "web_2: two"});
    Screen early;
    compose::logs(scene.project, scene.engine, {.until = "1"}, early.handlers(), scene.job);
    CHECK(early.lines() == Lines{"attached p_web_1", "attached p_web_2"});
}

TEST_CASE("logs: pauses tell when what was kept may be shown") {
    test::Scene scene({test::service("db")});
    scene.up();
    scene.fake.print("p_db_1", 1, "one");
    int lines = 0;
    int shown = 0;
    const compose::LogHandlers handlers{
        .line = [&](const auto&, int, std::string_view) { ++lines; },
        .pause = [&] { shown = lines; }};
    compose::logs(scene.project, scene.engine, {}, handlers, scene.job);
    CHECK(lines == 1);
    CHECK(shown == 1);
}

TEST_CASE("run attached: what is muted is awaited, not shown") {
    test::Scene scene({test::service("db"), test::service("web")});
    scene.up();
    scene.fake.print("p_db_1", 1, "noise");
    Screen screen;
    std::jthread world([&] {
        screen.wait_for("attached p_web_1");
        scene.fake.exit("p_web_1", 0);
        screen.wait_for("p_web_1 exited 0");
        scene.fake.exit("p_db_1", 4);
    });
    const auto result = compose::run_attached(
        scene.project, scene.engine, {.muted = {"db"}}, screen.handlers(), scene.job
    );
    CHECK(screen.lines() == Lines{"attached p_web_1", "p_web_1 exited 0"});
    REQUIRE(result.exits.size() == 2);
    CHECK(result.exits[1].code == 4);
}

TEST_CASE("run attached: may go on until one fails") {
    test::Scene scene({test::service("a"), test::service("b"), test::service("c")});
    scene.up();
    Screen screen;
    std::jthread world([&] {
        screen.wait_for("attached p_c_1");
        scene.fake.exit("p_a_1", 0);
        screen.wait_for("p_a_1 exited 0");
        scene.fake.exit("p_b_1", 9);
    });
    const auto result = compose::run_attached(
        scene.project,
        scene.engine,
        {.until = compose::Until::first_failure},
        screen.handlers(),
        scene.job
    );
    REQUIRE(result.exits.size() == 2);
    CHECK(result.exits[1].code == 9);
    CHECK(scene.states() == Lines{"p_a_1 exited", "p_b_1 exited", "p_c_1 running"});
}

TEST_CASE("run attached: what was said in an earlier life is shown of those that ran before only") {
    test::Scene scene({test::service("db"), test::service("web")});
    scene.up();
    scene.fake.print("p_db_1", 1, "old");
    scene.fake.print("p_web_1", 1, "old");
    scene.fake.exit("p_db_1", 0);
    scene.up();
    scene.fake.print("p_db_1", 1, "new");
    Screen screen;
    std::jthread world([&] {
        screen.wait_for("db_1: new");
        screen.wait_for("web_1: old");
        scene.fake.exit("p_db_1", 0);
        scene.fake.exit("p_web_1", 0);
    });
    compose::run_attached(
        scene.project, scene.engine, {.running = {"p_web_1"}}, screen.handlers(), scene.job
    );
    auto shown = screen.lines();
    CHECK(std::find(shown.begin(), shown.end(), "db_1: old") == shown.end());
}

TEST_CASE("run attached: the last words of containers that are being stopped are shown") {
    test::Scene scene({test::service("db")});
    scene.up();
    Screen screen;
    std::jthread user([&] {
        screen.wait_for("attached p_db_1");
        scene.source.request_stop();
    });
    const auto result = compose::run_attached(
        scene.project,
        scene.engine,
        {.on_stop =
             [&] {
                 scene.fake.print("p_db_1", 1, "good bye");
                 scene.fake.exit("p_db_1", 0);
             }},
        screen.handlers(),
        scene.job
    );
    CHECK(result.stopped);
    CHECK(screen.lines() == Lines{"attached p_db_1", "db_1: good bye", "p_db_1 exited 0"});
}
