#include "lib/base/error.hpp"
#include "lib/engine/build_context.hpp"
#include "tests/support/tar_reader.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <map>
#include <stdexcept>
#include <string>

namespace test = orch::test;

using orch::Kind;
using orch::engine::build_context;

namespace {

std::map<std::string, std::string>
files_of(const test::TempDir& dir, const std::string& dockerfile = {}) {
    const auto source = build_context(dir.path(), dockerfile);
    std::string archive;
    std::string buffer(1000, '\0');
    while (const auto count = source(buffer))
        archive.append(buffer, 0, count);
    return test::read_tar(archive);
}

Kind failure_of(const test::TempDir& dir, const std::string& dockerfile = {}) {
    try {
        build_context(dir.path(), dockerfile);
    } catch (const orch::Error& error) {
        return error.kind();
    }
    throw std::logic_error("it was taken");
}

} // namespace

TEST_CASE("build context: a folder without .dockerignore is sent whole") {
    const test::TempDir dir;
    dir.write("Dockerfile", "FROM x");
    dir.write("src/main.c", "code");
    CHECK(
        files_of(dir) ==
        std::map<std::string, std::string>{{"Dockerfile", "FROM x"}, {"src/main.c", "code"}}
    );
}

TEST_CASE("build context: .dockerignore leaves out, but never the Dockerfile or itself") {
    const test::TempDir dir;
    dir.write("docker/web", "FROM x");
    dir.write("src/main.c", "code");
    dir.write("src/main.o", "object");
    dir.write("node_modules/deep/x.c", "much");
    dir.write(".dockerignore", "*\n!src/*.c\n");
    const std::map<std::string, std::string> expected{
        {".dockerignore", "*\n!src/*.c\n"}, {"docker/web", "FROM x"}, {"src/main.c", "code"}};
    CHECK(files_of(dir, "docker/web") == expected);
    CHECK(files_of(dir, "./docker/../docker/web") == expected);
}

TEST_CASE("build context: what is missing or wrong is found before anything is sent") {
    const test::TempDir dir;
    CHECK(failure_of(dir) == Kind::not_found);
    CHECK(failure_of(dir, "docker/web") == Kind::not_found);
    CHECK(failure_of(dir, "../Dockerfile") == Kind::unsupported);
    CHECK(failure_of(dir, "/etc/passwd") == Kind::unsupported);
    dir.write("Dockerfile", "FROM x");
    dir.write(".dockerignore", "[");
    CHECK(failure_of(dir) == Kind::invalid);
}
