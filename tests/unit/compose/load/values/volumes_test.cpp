#include "compose/load/values/volumes.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <string>

namespace values = orch::compose::load::values;

namespace {

using Values = std::map<std::string, std::string, std::less<>>;

const orch::os::Environment environment(Values{{"HOME", "/home/user"}});

std::string resolved(const std::string& text, bool driver = false) {
    auto volume = values::parse_volume(text);
    CHECK(volume.problem == "");
    values::resolve_source(volume.value, driver, "/base/dir", environment);
    return values::volume_text(volume.value);
}

} // namespace

TEST_CASE("volumes: a host path becomes absolute, a name stays") {
    CHECK(resolved("/data") == "/data");
    CHECK(resolved("/a/:/b/") == "/a:/b:rw");
    CHECK(resolved("./x:/y") == "/base/dir/x:/y:rw");
    CHECK(resolved(".:/y") == "/base/dir:/y:rw");
    CHECK(resolved("../z:/y") == "/base/z:/y:rw");
    CHECK(resolved("../../../z:/y") == "/z:/y:rw");
    CHECK(resolved("~/c:/d") == "/home/user/c:/d:rw");
    CHECK(resolved("~:/d") == "/home/user:/d:rw");
    CHECK(resolved("~else/c:/d") == "~else/c:/d:rw");
    CHECK(resolved("name:/d") == "name:/d:rw");
    CHECK(resolved("rel/x:/d") == "rel/x:/d:rw");
    CHECK(resolved("/h:/d:ro") == "/h:/d:ro");
    CHECK(resolved("/h//i/../j:/d/./e:z") == "/h/j:/d/e:z");
}

TEST_CASE("volumes: with a driver nothing is a host path") {
    CHECK(resolved("./x:/y", true) == "x:/y:rw");
    CHECK(resolved("~/x:/y", true) == "~/x:/y:rw");
    CHECK(resolved("../x:/y", true) == "../x:/y:rw");
}

TEST_CASE("volumes: what has no place in the container is refused") {
    for (const char* text :
         {"", ":", "a", "./a", "/a:b", "/only:ro", ":/a", "/a:", "/a:/b:", "/a:/b:ro:z", "/a:/"}) {
        CAPTURE(text);
        CHECK(values::parse_volume(text).problem.find("has incorrect format") != std::string::npos);
    }
}
