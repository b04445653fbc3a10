#include "lib/engine/moment.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <ctime>

using orch::engine::read_moment;

namespace {

const std::chrono::system_clock::time_point noon{std::chrono::seconds(1'767'225'600)};

std::string read(const std::string& word) { return read_moment(word, noon).value_or("none"); }

} // namespace

TEST_CASE("moment: so long ago") {
    CHECK(read("90s") == "1767225510.000000000");
    CHECK(read("1h30m") == "1767220200.000000000");
    CHECK(read("1.5s") == "1767225598.500000000");
    CHECK(read("250ms") == "1767225599.750000000");
}

TEST_CASE("moment: seconds since 1970 stay as they are") {
    CHECK(read("1767225600") == "1767225600");
    CHECK(read("1767225600.25") == "1767225600.25");
}

TEST_CASE("moment: dates and times of RFC 3339") {
    CHECK(read("2026-01-01T00:00:00Z") == "1767225600.000000000");
    CHECK(read("2026-01-01T00:00:00.000000007Z") == "1767225600.000000007");
    CHECK(read("2026-01-01T01:30:00+01:30") == "1767225600.000000000");
    CHECK(read("2025-12-31T23:00:00-01:00") == "1767225600.000000000");
}

TEST_CASE("moment: without a zone it is the local time") {
    std::tm parts{};
    parts.tm_year = 126;
    parts.tm_mday = 1;
    parts.tm_isdst = -1;
    const auto midnight = std::to_string(std::mktime(&parts)) + ".000000000";
    CHECK(read("2026-01-01") == midnight);
    CHECK(read("2026-01-01T00") == midnight);
    CHECK(read("2026-01-01T00:00") == midnight);
    CHECK(read("2026-01-01T00:00:00") == midnight);
}

TEST_CASE("moment: what is no time is none") {
    for (const auto* word :
         {"", "yesterday", "-5m", "5x", "5m3", "2026-01-01T00:00:00+1", "2026-13-01", "1..2"})
        CHECK(read(word) == "none");
}
