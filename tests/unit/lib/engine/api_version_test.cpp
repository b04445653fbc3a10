#include "lib/base/error.hpp"
#include "lib/engine/api_version.hpp"

#include <doctest/doctest.h>

namespace engine = orch::engine;

namespace {

orch::Kind refusal(const engine::Version& version) {
    try {
        engine::negotiate(version);
    } catch (const orch::Error& error) {
        return error.kind();
    }
    return orch::Kind::internal;
}

} // namespace

TEST_CASE("api version: compares by numbers") {
    CHECK(engine::api_less("1.9", "1.24"));
    CHECK(engine::api_less("1.41", "2.0"));
    CHECK_FALSE(engine::api_less("1.41", "1.41"));
    CHECK_FALSE(engine::api_less("1.100", "1.47"));
}

TEST_CASE("api version: the lower of both sides is spoken") {
    CHECK(engine::negotiate({.engine = "20.10", .api = "1.41", .min_api = "1.12"}) == "1.41");
    CHECK(
        engine::negotiate({.engine = "29.0", .api = "1.52", .min_api = "1.44"}) ==
        engine::highest_api
    );
    CHECK(engine::negotiate({.engine = "1.12", .api = "1.24"}) == "1.24");
}

TEST_CASE("api version: engines that are too old or too new are refused") {
    CHECK(refusal({.engine = "1.11", .api = "1.23"}) == orch::Kind::unsupported);
    CHECK(refusal({.engine = "99", .api = "1.99", .min_api = "1.90"}) == orch::Kind::unsupported);
    CHECK(refusal({.engine = "?", .api = "one"}) == orch::Kind::remote);
    CHECK(refusal({.engine = "?", .api = "1.4x"}) == orch::Kind::remote);
}
