#include "compose/execute.hpp"
#include "lib/base/error.hpp"
#include "tests/unit/compose/scene.hpp"

#include <doctest/doctest.h>

#include <regex>
#include <thread>

namespace compose = orch::compose;
namespace test = orch::test;
using test::Lines;

namespace {

orch::Error failure_of(test::Scene& scene, const compose::UpOptions& options = {}) {
    try {
        scene.up(options);
    } catch (const orch::Error& error) {
        return error;
    }
    FAIL("up succeeded");
    return {orch::Kind::internal, "unreachable"};
}

/// The death of orch at one call: before the engine gets it, or after it had its effect.
class CutOff : public orch::http::Client {
  public:
    CutOff(orch::http::Client& engine, std::stop_source source, const std::string& call, bool after)
        : engine_(engine), source_(std::move(source)), call_(call), after_(after) {}

    orch::http::Response
    send(const orch::http::Request& request, const std::stop_token& stop) override {
        const auto path = request.url.substr(0, request.url.find('?')); // http://HOST/vVERSION/...
        const auto at = path.find("/containers");
        const auto call = request.method + " " + path.substr(at == std::string::npos ? 0 : at);
        if (!std::regex_match(call, call_))
            return engine_.send(request, stop);
        if (after_ && !stop.stop_requested())
            engine_.send(request, {});
        source_.request_stop();
        throw orch::Error(orch::Kind::cancelled, "interrupted");
    }

  private:
    orch::http::Client& engine_;
    std::stop_source source_;
    std::regex call_;
    bool after_;
};

/// db and web are up; db's next container is to be another one.
void bring_up_and_change_db(test::Scene& scene) {
    scene.up();
    scene.at("db").environment["MODE"] = "new";
    scene.changes();
}

} // namespace

TEST_CASE("execute: what others depend on is started before they are made") {
    test::Scene scene({test::service("db"), test::service("web", {"db"})});
    CHECK(scene.up().changed);
    CHECK(
        scene.changes() ==
        Lines{
            "create p_db_1",
            "POST /containers/p_db_1/start",
            "create p_web_1",
            "POST /containers/p_web_1/start"}
    );
    CHECK(scene.states() == Lines{"p_db_1 running", "p_web_1 running"});
    CHECK(
        scene.recorder.lines() ==
        Lines{
            "Creating p_db_1 working",
            "Creating p_db_1 done",
            "Creating p_web_1 working",
            "Creating p_web_1 done"}
    );
}

TEST_CASE("execute: a task that a dead engine left behind has a way out") {
    test::Scene scene({test::service("db")});
    scene.fake.fail_next("POST", "/containers/p_db_1/start", 500, "task 4711: already exists");
    const auto error = failure_of(scene);
    CHECK(error.message() == "p_db_1: Cannot start service db: task 4711: already exists");
    CHECK(error.hint().find("orch compose up -d --force-recreate db") != std::string::npos);
}

TEST_CASE("execute: a container that cannot start gives way to the one that it was to replace") {
    test::Scene scene({test::service("db"), test::service("web", {"db"}), test::service("other")});
    bring_up_and_change_db(scene);
    const auto before = scene.fake.container("p_db_1")->id;
    scene.fake.fail_next("POST", "/containers/p_db_1/start", 500, "exec: nonsense: not found");
    scene.at("other").environment["MODE"] = "new";

    const auto error = failure_of(scene);

    CHECK(error.message() == "p_db_1: Cannot start service db: exec: nonsense: not found");
    CHECK(error.details() == Lines{"p_web_1: skipped, because p_db_1 failed"});
    CHECK(scene.states() == Lines{"p_db_1 running", "p_other_1 running", "p_web_1 running"});
    CHECK(scene.fake.container("p_db_1")->id == before);
    CHECK(scene.recorder.has(
        "Recreating p_db_1 failed: Cannot start service db: exec: nonsense: not found"
    ));
    CHECK(scene.recorder.has("Recreating p_web_1 failed: p_db_1 failed"));
    CHECK(scene.recorder.has("Recreating p_other_1 done"));
    CHECK(scene.recorder.has("the container that was to be replaced is back p_db_1 warning"));
    // The next run finds nothing odd and tries again.
    scene.up();
    CHECK(scene.states() == Lines{"p_db_1 running", "p_other_1 running", "p_web_1 running"});
    CHECK(scene.fake.container("p_db_1")->id != before);
}

TEST_CASE("execute: a container that cannot be made leaves the old one as it was") {
    test::Scene scene({test::service("db")});
    bring_up_and_change_db(scene);
    const auto before = scene.fake.container("p_db_1")->id;
    scene.fake.fail_next("POST", "/containers/create", 400, "invalid volume");
    CHECK(
        failure_of(scene).message() ==
        "p_db_1: Cannot create container for service db: invalid volume"
    );
    CHECK(scene.states() == Lines{"p_db_1 running"});
    CHECK(scene.fake.container("p_db_1")->id == before);
}

TEST_CASE("execute: one that did not run is not started when its successor fails") {
    test::Scene scene({test::service("db")});
    bring_up_and_change_db(scene);
    scene.engine.stop_container("p_db_1", std::chrono::seconds(0));
    scene.fake.fail_next("POST", "/containers/create", 400, "invalid volume");
    failure_of(scene);
    CHECK(scene.states() == Lines{"p_db_1 exited"});
}

TEST_CASE("execute: what cannot be taken back is said") {
    test::Scene scene({test::service("db")});
    bring_up_and_change_db(scene);
    const auto id = scene.fake.container("p_db_1")->id;
    scene.fake.fail_next("POST", "/containers/p_db_1/start", 500, "no");
    scene.fake.fail_next("POST", "/containers/" + id + "/start", 500, "port is taken");
    CHECK(failure_of(scene).message() == "p_db_1: Cannot start service db: no");
    CHECK(scene.recorder.has("could not start p_db_1: port is taken p_db_1 warning"));
    CHECK(scene.states() == Lines{"p_db_1 exited"});
}

TEST_CASE("execute: several failures are one error with a line for each") {
    test::Scene scene({test::service("a"), test::service("b"), test::service("c")});
    scene.fake.fail_next("POST", "/containers/p_a_1/start", 500, "no a");
    scene.fake.fail_next("POST", "/containers/p_b_1/start", 500, "no b");
    auto error = failure_of(scene, {.how = {.parallel = 1}});
    CHECK(error.message() == "p_a_1, p_b_1 failed");
    CHECK(
        error.details() ==
        Lines{"p_a_1: Cannot start service a: no a", "p_b_1: Cannot start service b: no b"}
    );
    CHECK(scene.states() == Lines{"p_a_1 created", "p_b_1 created", "p_c_1 running"});
}

TEST_CASE("execute: a warning of the engine becomes an event") {
    test::Scene scene({test::service("db")});
    compose::Plan plan;
    plan.warnings = {"something is odd"};
    plan.unchanged = {"p_db_1"};
    compose::execute(plan, scene.project, scene.engine, {}, scene.job);
    CHECK(
        scene.recorder.lines() == Lines{"something is odd p warning", "is up-to-date p_db_1 note"}
    );
}

TEST_CASE("execute: a stop ends a call that does not answer") {
    test::Scene scene({test::service("db")});
    scene.fake.stall_next("POST", "/containers/create");
    std::jthread user([&] {
        while (!scene.recorder.has("Creating p_db_1 working"))
            std::this_thread::yield();
        scene.source.request_stop();
    });
    CHECK(failure_of(scene).kind() == orch::Kind::cancelled);
    CHECK(scene.states().empty());
}

TEST_CASE("execute: wherever a recreation is cut off, the next run finishes it") {
    const Lines calls{
        "POST /containers/[^/]*/stop",
        "POST /containers/[^/]*/rename",
        "POST /containers/create",
        "POST /containers/p_db_1/start",
        "DELETE /containers/[^/]*"};
    for (const auto& call : calls) {
        for (const bool after : {false, true}) {
            CAPTURE(call);
            CAPTURE(after);
            test::Scene scene({test::service("db"), test::service("web", {"db"})});
            bring_up_and_change_db(scene);
            const auto web = scene.fake.container("p_web_1")->id;
            const auto volumes = scene.fake.volumes();
            std::stop_source source;
            CutOff cut(scene.fake, source, call, after);
            orch::engine::Engine engine(cut, {.socket = "/engine.sock"}, source.get_token());
            orch::Job job{source.get_token(), scene.recorder};
            CHECK_THROWS_AS(compose::up(scene.project, engine, {}, job), orch::Error);

            scene.up();
            CHECK(scene.states() == Lines{"p_db_1 running", "p_web_1 running"});
            CHECK(scene.fake.container("p_db_1")->posted["Env"] == nlohmann::json({"MODE=new"}));
            CHECK(scene.fake.container("p_web_1")->id != web);
            CHECK(scene.fake.volumes() == volumes);
            CHECK_FALSE(scene.up().changed);
        }
    }
}
