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
    const auto source = build_context(dir.path(), dockerfile).read;
    std::string archive;
    std::string buffer(1000, '\0');
    while (const auto count = source(buffer))
        archive.append(buffer, 0, count);
    return test::read_tar(archive);
}

Kind failure_of(const std::filesystem::path& dir, const std::string& dockerfile = {}) {
    try {
        build_context(dir, dockerfile);
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
    CHECK(failure_of(dir.path()) == Kind::not_found);
    CHECK(failure_of(dir.path(), "docker/web") == Kind::not_found);
    CHECK(failure_of(dir.path(), "../Dockerfile") == Kind::not_found);
    CHECK(failure_of(dir.path(), "/etc") == Kind::invalid);
    CHECK(failure_of(dir.path() / "nowhere") == Kind::not_found);
    dir.write("Dockerfile", "FROM x");
    dir.write(".dockerignore", "[");
    CHECK(failure_of(dir.path()) == Kind::invalid);
}

TEST_CASE("build context: a Dockerfile from elsewhere is sent, but not seen by what it builds") {
    const test::TempDir elsewhere;
    elsewhere.write("web.docker", "FROM y");
    const test::TempDir dir;
    dir.write("app.py", "code");
    dir.write("app.pyc", "code");
    dir.write(".dockerignore", "*.pyc");
    const auto context = build_context(dir.path(), (elsewhere.path() / "web.docker").string());
    CHECK(context.dockerfile.starts_with(".dockerfile."));
    const auto files = files_of(dir, (elsewhere.path() / "web.docker").string());
    REQUIRE(files.size() == 3);
    const auto& [name, content] = *files.begin();
    CHECK(name.starts_with(".dockerfile."));
    CHECK(content == "FROM y");
    CHECK(files.at(".dockerignore") == "*.pyc\n" + name + "\n");
    CHECK(files.at("app.py") == "code");
}

TEST_CASE("build context: an absolute Dockerfile inside of the folder is one of its files") {
    const test::TempDir dir;
    dir.write("sub/web", "FROM x");
    const auto context = build_context(dir.path(), (dir.path() / "sub/web").string());
    CHECK(context.dockerfile == "sub/web");
}
