#include "lib/base/error.hpp"
#include "lib/fs/temp_folder.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>

using orch::fs::TempFolder;
namespace stdfs = std::filesystem;

TEST_CASE("temp folder: its own, closed to others, and gone with all in it") {
    const orch::test::TempDir parent;
    stdfs::path path;
    {
        const TempFolder one(parent.path(), "orch-");
        const TempFolder other(parent.path(), "orch-");
        path = one.path();
        CHECK(path != other.path());
        CHECK(path.filename().string().starts_with("orch-"));
        CHECK((stdfs::status(path).permissions() & stdfs::perms::mask) == stdfs::perms::owner_all);
        stdfs::create_directory(one / "below");
        std::ofstream(one / "below/file") << "x";
    }
    CHECK_FALSE(stdfs::exists(path));
}

TEST_CASE("temp folder: where none can be made, the error names it") {
    const orch::test::TempDir parent;
    try {
        const TempFolder folder(parent / "missing", "orch-");
        FAIL("it was made");
    } catch (const orch::Error& error) {
        CHECK(error.kind() == orch::Kind::not_found);
        CHECK(error.message().find("missing/orch-") != std::string::npos);
    }
}
