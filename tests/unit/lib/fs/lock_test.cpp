#include "lib/base/error.hpp"
#include "lib/fs/lock.hpp"
#include "tests/support/child.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <signal.h>
#include <string>
#include <sys/stat.h>
#include <thread>

using orch::Error;
using orch::Kind;
using orch::fs::Lock;
using orch::test::Child;
using orch::test::Gate;
using orch::test::TempDir;
using std::chrono::hours;
using std::chrono::milliseconds;

namespace {

using FileStatus = struct stat; // the function of that name hides the type

std::optional<Kind> kind_of_failure(
    const std::filesystem::path& file, milliseconds patience, const std::stop_token& stop = {}
) {
    try {
        const Lock lock(file, patience, stop);
        return std::nullopt;
    } catch (const Error& error) {
        return error.kind();
    }
}

} // namespace

TEST_CASE("lock: the file and its directory are made private") {
    const TempDir dir;
    const auto file = dir.path() / "locks" / "web1.lock";
    const Lock lock(file, milliseconds(0), {});
    FileStatus status{};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777U) == 0600);
    REQUIRE(::stat(file.parent_path().c_str(), &status) == 0);
    CHECK((status.st_mode & 07777U) == 0700);
}

TEST_CASE("lock: a second holder of the same process is refused, and served after the first") {
    const TempDir dir;
    {
        const Lock first(dir / "l", milliseconds(0), {});
        CHECK(kind_of_failure(dir / "l", milliseconds(0)) == Kind::conflict);
        CHECK(kind_of_failure(dir / "other", milliseconds(0)) == std::nullopt);
    }
    CHECK(kind_of_failure(dir / "l", milliseconds(0)) == std::nullopt);
}

TEST_CASE("lock: the refusal says who is in the way and names the file") {
    const TempDir dir;
    const Lock first(dir / "l", milliseconds(0), {});
    CHECK_THROWS_WITH_AS(
        Lock(dir / "l", milliseconds(0), {}),
        ("another orch process is working on it: " + (dir / "l").string() + " is locked").c_str(),
        Error
    );
}

TEST_CASE("lock: another process waits for the holder") {
    const TempDir dir;
    const Gate held;
    const Gate release;
    Child holder([&] {
        const Lock lock(dir / "l", milliseconds(0), {});
        held.open();
        return release.pass() ? 0 : 1;
    });
    REQUIRE(held.pass());
    CHECK(kind_of_failure(dir / "l", milliseconds(0)) == Kind::conflict);
    CHECK(kind_of_failure(dir / "l", milliseconds(60)) == Kind::conflict);
    release.open();
    CHECK(kind_of_failure(dir / "l", hours(1)) == std::nullopt);
    CHECK(holder.wait() == 0);
}

TEST_CASE("lock: a killed holder holds no longer") {
    const TempDir dir;
    const Gate held;
    const Gate never;
    Child holder([&] {
        const Lock lock(dir / "l", milliseconds(0), {});
        held.open();
        return never.pass() ? 1 : 0;
    });
    REQUIRE(held.pass());
    ::kill(holder.pid(), SIGKILL);
    CHECK(kind_of_failure(dir / "l", hours(1)) == std::nullopt);
    CHECK(holder.wait() == 128 + SIGKILL);
}

TEST_CASE("lock: a stop ends the waiting at once") {
    const TempDir dir;
    const Lock first(dir / "l", milliseconds(0), {});
    std::stop_source source;
    std::jthread stopper([&] { source.request_stop(); });
    CHECK(kind_of_failure(dir / "l", hours(1), source.get_token()) == Kind::cancelled);
}
