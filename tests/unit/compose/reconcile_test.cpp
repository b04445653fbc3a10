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
