#include "lib/fs/files.hpp"
#include "tests/support/child.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>
#include <sched.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <signal.h>
#include <string>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>
#include <vector>

namespace fs = orch::fs;
using orch::Kind;
using orch::test::Child;
using orch::test::error_of;
using orch::test::TempDir;

namespace {

using FileStatus = struct stat; // the function of that name hides the type

constexpr int skipped = 77;

unsigned mode_of(const fs::path& file) {
    FileStatus status{};
    REQUIRE(::lstat(file.c_str(), &status) == 0);
    return status.st_mode & 07777U;
}

std::vector<std::string> entries(const fs::path& dir) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(dir))
        names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

/// The child cannot use doctest's asserts: what must hold there is one boolean.
int verdict(bool good) { return good ? 0 : 1; }

/// Writes more than fits over "old"; whether that failed as promised.
bool overflow_leaves_old_content(const fs::path& dir, const std::string& reason) {
    fs::write_atomic(dir / "file", "old", 0600);
    const auto error =
        error_of([&] { fs::write_atomic(dir / "file", std::string(1 << 20, 'x'), 0600); });
    return error.message() == "cannot write " + (dir / "file").string() + ": " + reason &&
           fs::read_file(dir / "file") == "old" && entries(dir) == std::vector<std::string>{"file"};
}

} // namespace

TEST_CASE("files: what was written is read again, with the permissions asked for") {
    const TempDir dir;
    const auto file = dir / "a";
    const std::string content("zero \0 byte\n", 12);
    fs::write_atomic(file, content, 0640);
    CHECK(fs::read_file(file) == content);
    CHECK(mode_of(file) == 0640);
    fs::write_atomic(file, "", 0600);
    CHECK(fs::read_file(file).empty());
    CHECK(mode_of(file) == 0600);
    CHECK(entries(dir.path()) == std::vector<std::string>{"a"});
}

TEST_CASE("files: a file whose size the system does not tell is read whole") {
    const auto text = fs::read_file("/proc/self/status");
    CHECK(text.find("Name:") == 0);
    CHECK(text.size() > 100);
}

TEST_CASE("files: reading errors name the file and keep their kind") {
    const TempDir dir;
    const auto missing = error_of([&] { return fs::read_file(dir / "none"); });
    CHECK(missing.kind() == Kind::not_found);
    CHECK(
        missing.message() ==
        "cannot read " + (dir / "none").string() + ": No such file or directory"
    );
    CHECK(error_of([&] { return fs::read_file(dir.path()); }).kind() == Kind::invalid);
}

TEST_CASE("files: a name of the longest length can be replaced") {
    const TempDir dir;
    const auto file = dir / std::string(255, 'n');
    fs::write_atomic(file, "1", 0600);
    fs::write_atomic(file, "2", 0600);
    CHECK(fs::read_file(file) == "2");
}

TEST_CASE("files: writing through links changes the file, not the link") {
    const TempDir dir;
    std::filesystem::create_directory(dir / "real");
    fs::write_atomic(dir / "real" / "file", "old", 0600);
    std::filesystem::create_symlink("real/file", dir / "inner");
    std::filesystem::create_symlink(dir / "inner", dir / "outer");
    fs::write_atomic(dir / "outer", "new", 0600);
    CHECK(std::filesystem::is_symlink(dir / "outer"));
    CHECK(std::filesystem::is_symlink(dir / "inner"));
    CHECK(fs::read_file(dir / "real" / "file") == "new");

    std::filesystem::create_symlink("real/later", dir / "dangling");
    fs::write_atomic(dir / "dangling", "made", 0600);
    CHECK(fs::read_file(dir / "real" / "later") == "made");

    std::filesystem::create_symlink("loop", dir / "loop");
    CHECK(error_of([&] { fs::write_atomic(dir / "loop", "x", 0600); }).kind() == Kind::invalid);
}

TEST_CASE("files: a write that cannot be finished leaves nothing behind") {
    const TempDir dir;
    const auto no_dir = error_of([&] { fs::write_atomic(dir / "none" / "file", "x", 0600); });
    CHECK(no_dir.kind() == Kind::not_found);
    std::filesystem::create_directory(dir / "taken");
    const auto taken = error_of([&] { fs::write_atomic(dir / "taken", "x", 0600); });
    CHECK(taken.kind() == Kind::invalid);
    CHECK(entries(dir.path()) == std::vector<std::string>{"taken"});
}

TEST_CASE("files: a file-size limit keeps the old content and no temporary file") {
    const TempDir dir;
    Child child([&] {
        ::signal(SIGXFSZ, SIG_IGN);
        const rlimit small{4096, 4096};
        ::setrlimit(RLIMIT_FSIZE, &small);
        return verdict(overflow_leaves_old_content(dir.path(), "File too large"));
    });
    CHECK(child.wait() == 0);
}

TEST_CASE("files: a full disk keeps the old content, no temporary file, and says so") {
    const TempDir dir;
    Child child([&] {
        // A mount name space of its own, so that nothing outlives the child.
        if (::unshare(CLONE_NEWNS) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
            return skipped;
        ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
        if (::mount("none", dir.path().c_str(), "tmpfs", 0, "size=64k") != 0)
            return skipped;
        return verdict(overflow_leaves_old_content(dir.path(), "the disk is full"));
    });
    const int code = child.wait();
    if (code == skipped)
        MESSAGE("skipped: this system lets nobody mount a tmpfs");
    CHECK((code == 0 || code == skipped));
}

TEST_CASE("files: a directory without write permission is an error of kind denied") {
    const TempDir dir;
    fs::write_atomic(dir / "file", "old", 0644);
    REQUIRE(::chmod(dir.path().c_str(), 0555) == 0);
    Child child([&] {
        constexpr unsigned nobody = 65534;
        if (::geteuid() == 0 && (::setegid(nobody) != 0 || ::seteuid(nobody) != 0))
            return skipped;
        const auto error = error_of([&] { fs::write_atomic(dir / "file", "new", 0644); });
        return verdict(error.kind() == Kind::denied && fs::read_file(dir / "file") == "old");
    });
    CHECK(child.wait() == 0);
    REQUIRE(::chmod(dir.path().c_str(), 0755) == 0);
}

TEST_CASE(
    "files: root leaves the owner of a replaced file as it was" * doctest::skip(::geteuid() != 0)
) {
    const TempDir dir;
    const auto file = dir / "file";
    fs::write_atomic(file, "old", 0600);
    REQUIRE(::chown(file.c_str(), 1234, 1235) == 0);
    fs::write_atomic(file, "new", 0600);
    FileStatus status{};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    CHECK(status.st_uid == 1234);
    CHECK(status.st_gid == 1235);
}

TEST_CASE("files: private directories are made with all their parents") {
    const TempDir dir;
    const auto deep = dir.path() / "a" / "b" / "c";
    fs::make_private_dir(deep);
    CHECK(mode_of(dir / "a") == 0700);
    CHECK(mode_of(deep) == 0700);
    REQUIRE(::chmod(deep.c_str(), 0755) == 0);
    fs::make_private_dir(deep);
    CHECK(mode_of(deep) == 0755);
    fs::make_private_dir(dir.path() / "with" / "slash" / "");
    CHECK(mode_of(dir.path() / "with" / "slash") == 0700);

    fs::write_atomic(dir / "file", "", 0600);
    CHECK(error_of([&] { fs::make_private_dir(dir / "file"); }).kind() == Kind::invalid);
    CHECK(error_of([&] {
              fs::make_private_dir(dir.path() / "file" / "below");
          }).kind() == Kind::invalid);
    std::filesystem::create_directory_symlink(deep, dir / "link");
    fs::make_private_dir(dir / "link");
    CHECK(std::filesystem::is_symlink(dir / "link"));
}

TEST_CASE("files: removing a tree does not follow links and may find nothing") {
    const TempDir dir;
    fs::make_private_dir(dir.path() / "tree" / "sub");
    fs::write_atomic(dir / "kept", "k", 0600);
    std::filesystem::create_symlink(dir / "kept", dir.path() / "tree" / "sub" / "link");
    std::filesystem::create_directory_symlink(dir.path(), dir.path() / "tree" / "up");
    fs::remove_tree(dir / "tree");
    fs::remove_tree(dir / "tree");
    CHECK(entries(dir.path()) == std::vector<std::string>{"kept"});
}

TEST_CASE("files: readers see the old content or the new, never a part") {
    const TempDir dir;
    const auto file = dir / "file";
    const std::string a(100'000, 'a');
    const std::string b(70'000, 'b');
    fs::write_atomic(file, a, 0600);
    Child writer([&] {
        for (int i = 0; i < 50; ++i)
            fs::write_atomic(file, i % 2 == 0 ? b : a, 0600);
        return 0;
    });
    bool whole = true;
    for (int i = 0; i < 300; ++i) {
        const auto seen = fs::read_file(file);
        whole = whole && (seen == a || seen == b);
    }
    CHECK(whole);
    CHECK(writer.wait() == 0);
}
