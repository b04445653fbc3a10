#include "lib/archive/packed_file.hpp"
#include "lib/base/error.hpp"
#include "lib/fs/files.hpp"
#include "lib/process/system_runner.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace archive = orch::archive;
using orch::Kind;
using orch::test::error_of;

namespace {

void sh(const std::filesystem::path& dir, const std::string& script) {
    const auto outcome =
        orch::process::SystemRunner().run({.argv = {"sh", "-ec", script}, .dir = dir}, {});
    REQUIRE(outcome.ok());
}

std::string all_of(archive::PackedFile& file) {
    std::vector<char> buffer(100'000);
    std::string all;
    while (const auto size = file.read(buffer))
        all.append(buffer.data(), size);
    return all;
}

} // namespace

TEST_CASE("packed file: a sparse disk in a compressed archive comes out whole, holes and all") {
    const orch::test::TempDir dir;
    sh(dir.path(),
       "mkdir d; printf head > disk.raw; truncate -s 3M disk.raw; printf tail >> disk.raw;"
       "tar --sparse -cJf disk.tar.xz d disk.raw; tar -czf disk.tar.gz disk.raw");
    const auto expected = orch::fs::read_file(dir / "disk.raw");
    for (const auto* name : {"disk.tar.xz", "disk.tar.gz"}) {
        CAPTURE(name);
        archive::PackedFile file(dir / name);
        CHECK(file.name() == "disk.raw");
        CHECK(file.size() == expected.size());
        CHECK(all_of(file) == expected);
    }
}

TEST_CASE("packed file: what is broken, empty or missing is said") {
    const orch::test::TempDir dir;
    sh(dir.path(),
       "head -c 300000 /dev/urandom > disk.raw; tar -czf whole.tar.gz disk.raw;"
       "head -c 100000 whole.tar.gz > cut.tar.gz; mkdir d; tar -cf empty.tar d");
    archive::PackedFile cut(dir / "cut.tar.gz");
    CHECK(error_of([&] { all_of(cut); }).kind() == Kind::invalid);
    CHECK(error_of([&] { archive::PackedFile(dir / "empty.tar"); }).kind() == Kind::invalid);
    CHECK(error_of([&] {
              archive::PackedFile(dir.write("text", "no archive"));
          }).kind() == Kind::invalid);
    CHECK(error_of([&] { archive::PackedFile(dir / "none"); }).kind() == Kind::not_found);
}
