#include "compose/ps.hpp"
#include "tests/unit/compose/scene.hpp"

#include <doctest/doctest.h>

namespace compose = orch::compose;
namespace engine = orch::engine;
namespace test = orch::test;

namespace {

std::string state(const char* word, const char* status) {
    engine::ContainerSummary container;
    container.state = word;
    container.status = status;
    return compose::state_text(container);
}

} // namespace

TEST_CASE("ps: states are told as docker-compose tells them") {
    CHECK(state("running", "Up 3 minutes") == "Up");
    CHECK(state("running", "Up 3 minutes (healthy)") == "Up (healthy)");
    CHECK(state("running", "Up 1 second (health: starting)") == "Up (health: starting)");
    CHECK(state("paused", "Up 3 minutes (Paused)") == "Paused");
    CHECK(state("restarting", "Restarting (1) 2 seconds ago") == "Restarting");
    CHECK(state("exited", "Exited (137) 3 minutes ago") == "Exit 137");
    CHECK(state("created", "Created") == "Exit 0");
}

TEST_CASE("ps: bindings of one port stand together, ports in the order of their text") {
    CHECK(
        compose::ports_text(
            {{"::", 8000, 18000, "tcp"},
             {"0.0.0.0", 8000, 18000, "tcp"},
             {"", 6379, 0, "tcp"},
             {"127.0.0.1", 8002, 32768, "udp"}}
        ) == "6379/tcp, 0.0.0.0:18000->8000/tcp,:::18000->8000/tcp, 127.0.0.1:32768->8002/udp"
    );
    CHECK(compose::ports_text({}).empty());
}

TEST_CASE("ps: rows are sorted by name, long commands are cut") {
    test::Scene scene({test::service("web"), test::service("db")});
    scene.at("web").command = {"sh", "-c", "echo 'a b'; exec sleep 1000000"};
    scene.at("db").command = {"sh", "-c", "exit 3"};
    scene.at("db").expose = {{"", "", 6379, "tcp"}};
    scene.up();
    const auto rows = compose::ps(scene.project, scene.engine, {}, scene.job);
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].name == "p_db_1");
    CHECK(rows[0].command == "sh -c exit 3");
    CHECK(rows[0].state == "Exit 3");
    CHECK(rows[0].service == "db");
    CHECK(rows[0].status == "exited");
    CHECK(rows[1].name == "p_web_1");
    CHECK(rows[1].command == "sh -c echo 'a b'; exec sle ...");
    CHECK(rows[1].state == "Up");
    CHECK(rows[1].id == scene.fake.container("p_web_1")->id);
}

TEST_CASE("ps: one-offs are shown while they run, or on request") {
    test::Scene scene({test::service("web")});
    scene.engine.create_container(
        "p_web_run_1",
        {{"Image", "img"},
         {"Labels",
          {{"com.docker.compose.project", "p"},
           {"com.docker.compose.service", "web"},
           {"com.docker.compose.oneoff", "True"}}}}
    );
    const auto count = [&](bool all) {
        return compose::ps(scene.project, scene.engine, {.all = all}, scene.job).size();
    };
    CHECK(count(false) == 0);
    CHECK(count(true) == 1);
    scene.engine.start_container("p_web_run_1");
    CHECK(count(false) == 1);
}
