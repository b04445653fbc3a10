#include "compose/reconcile.hpp"
#include "lib/base/error.hpp"
#include "tests/unit/compose/plan_case.hpp"

#include <doctest/doctest.h>

namespace compose = orch::compose;
namespace fs = std::filesystem;
namespace test = orch::test;

TEST_CASE("reconcile: every case has the plan that is written beside it") {
    std::size_t cases = 0;
    for (const auto& entry : fs::directory_iterator(ORCH_TEST_DATA "/compose/plans")) {
        CAPTURE(entry.path().filename().string());
        CHECK_EQ(test::plan_of(entry.path() / "case.json"), test::slurp(entry.path() / "plan.txt"));
        ++cases;
    }
    CHECK(cases > 20);
}

namespace {

compose::Project one_service(const char* json) {
    return test::read_project({{"services", {test::Json::parse(json)}}});
}

} // namespace

TEST_CASE("reconcile: a container that does not exist cannot be shared") {
    CHECK_THROWS_WITH_AS(
        compose::reconcile(
            one_service(R"({"name": "web", "volumes_from": ["x"], "volumes_from_outside": true})"),
            {},
            {}
        ),
        "Service \"web\" mounts volumes from \"x\", which is not the name of a service or "
        "container",
        orch::Error
    );
    CHECK_THROWS_WITH_AS(
        compose::reconcile(one_service(R"({"name": "web", "net_container": "x"})"), {}, {}),
        "Service \"web\" is trying to use the network of \"x\", which is not the name of a "
        "service or container",
        orch::Error
    );
}

TEST_CASE("reconcile: a service that does not exist cannot be scaled, none below zero") {
    const auto project = one_service(R"({"name": "web"})");
    CHECK_THROWS_WITH_AS(
        compose::reconcile(project, {}, {.scale = {{"x", 1}}}), "No such service: x", orch::Error
    );
    CHECK_THROWS_AS(compose::reconcile(project, {}, {.scale = {{"web", -1}}}), orch::Error);
}

TEST_CASE("reconcile: what may not be built or pulled is an error that names the service") {
    CHECK_THROWS_WITH_AS(
        compose::reconcile(
            one_service(R"({"name": "web", "build": "/w"})"), {}, {.no_build = true}
        ),
        "Service 'web' needs to be built, but --no-build was passed",
        orch::Error
    );
    CHECK_THROWS_WITH_AS(
        compose::reconcile(one_service(R"({"name": "web"})"), {}, {.no_pull = true}),
        "Service 'web' needs the image redis, which the engine does not have",
        orch::Error
    );
}
