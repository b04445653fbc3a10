#include "lib/archive/tar_source.hpp"
#include "lib/base/error.hpp"
#include "tests/support/tar_reader.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace stdfs = std::filesystem;
namespace test = orch::test;

using orch::archive::TarSource;

namespace {

std::string read_all(TarSource& source, std::size_t step = 10'000) {
    std::string all;
    std::string buffer(step, '\0');
    while (const auto count = source.read(buffer))
        all.append(buffer, 0, count);
    return all;
}

std::string pack(const stdfs::path& dir, TarSource::Filter filter = {}) {
    TarSource source(dir, {.filter = std::move(filter)});
    return read_all(source);
}

/// What the system's tar says about the archive: one verbose line for each entry.
std::string listed(const test::TempDir& scratch, const std::string& archive) {
    const auto file = scratch.write("listed.tar", archive);
    const auto command = "TZ=UTC tar --numeric-owner --full-time -tvf " + file.string() + " 2>&1";
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
    std::string text;
    std::array<char, 4096> buffer{};
    while (std::fgets(buffer.data(), static_cast<int>(buffer.size()), pipe.get()) != nullptr)
        text += buffer.data();
    return text;
}

} // namespace

TEST_CASE("tar source: files, directories and links as they are, sorted, owned by root") {
    const test::TempDir scratch;
    const auto dir = scratch.path() / "context";
    scratch.write("context/b.txt", "hello");
    scratch.write("context/a/deep/script", "#!/bin/sh\n");
    scratch.write("context/empty", "");
    stdfs::create_symlink("b.txt", dir / "link");
    stdfs::create_symlink("/nowhere", dir / "dangling");
    stdfs::permissions(dir / "a/deep/script", stdfs::perms(0750));
    stdfs::permissions(dir / "b.txt", stdfs::perms(0644));
    REQUIRE(::chown((dir / "b.txt").c_str(), 12, 34) == 0);
    const std::array<timespec, 2> times{{{1'000'000'000, 0}, {1'000'000'000, 0}}};
    REQUIRE(::utimensat(AT_FDCWD, (dir / "b.txt").c_str(), times.data(), 0) == 0);
    const auto archive = pack(dir);
    const auto lines = listed(scratch, archive);
    CAPTURE(lines);
    CHECK(lines.find("-rw-r--r-- 0/0") != std::string::npos);
    CHECK(lines.find("5 2001-09-09 01:46:40 b.txt\n") != std::string::npos);
    CHECK(lines.find("-rwxr-x--- 0/0") != std::string::npos);
    CHECK(lines.find(" link -> b.txt\n") != std::string::npos);
    CHECK(lines.find(" dangling -> /nowhere\n") != std::string::npos);
    const std::array order{
        " a/\n", " a/deep/\n", " a/deep/script\n", " b.txt\n", " dangling ", " empty\n", " link "};
    std::size_t at = 0;
    for (const auto* name : order) {
        CAPTURE(name);
        at = lines.find(name, at);
        REQUIRE(at != std::string::npos);
    }
    CHECK(
        test::read_tar(archive) ==
        std::map<std::string, std::string>{
            {"a/deep/script", "#!/bin/sh\n"}, {"b.txt", "hello"}, {"empty", ""}}
    );
}

TEST_CASE("tar source: the reader may take any number of bytes at a time") {
    const test::TempDir scratch;
    scratch.write("one", std::string(70'000, 'x'));
    scratch.write("two", "y");
    const auto whole = pack(scratch.path());
    for (const std::size_t step : {1U, 511U, 512U, 4096U, 1'000'000U}) {
        TarSource source(scratch.path(), {});
        CHECK(read_all(source, step) == whole);
    }
}

TEST_CASE("tar source: long names, and names that are no ASCII") {
    const test::TempDir scratch;
    const auto dir = scratch.path() / "context";
    const std::string long_dir(120, 'd');
    const std::string long_name = long_dir + "/" + long_dir + "/" + std::string(200, 'f');
    const std::string umlauts = "gr\xC3\xBC\xC3\x9F"
                                "e/\xE2\x82\xAC.txt";
    const std::string long_umlauts = umlauts + std::string(150, 'x');
    const std::string latin1 = "caf\xE9";
    for (const auto& name : {long_name, umlauts, long_umlauts, latin1})
        scratch.write("context/" + name, name);
    std::map<std::string, std::string> expected;
    for (const auto& name : {long_name, umlauts, long_umlauts, latin1})
        expected[name] = name;
    CHECK(test::read_tar(pack(dir)) == expected);
}

TEST_CASE("tar source: a filter leaves out, and may look into what it leaves out") {
    const test::TempDir scratch;
    scratch.write("keep/a", "1");
    scratch.write("skip/b", "2");
    scratch.write("skip/wanted", "3");
    scratch.write("never/c", "4");
    const auto archive = pack(scratch.path(), [](const std::string& path, bool directory) {
        CHECK(directory == (path.find('/') == std::string::npos));
        CHECK_FALSE(path.starts_with("never/"));
        return TarSource::Verdict{
            .take = path.starts_with("keep") || path == "skip/wanted", .descend = path != "never"};
    });
    CHECK(
        test::read_tar(archive) ==
        std::map<std::string, std::string>{{"keep/a", "1"}, {"skip/wanted", "3"}}
    );
}

TEST_CASE("tar source: sockets are left out, pipes do not block") {
    const test::TempDir scratch;
    const auto dir = scratch.path() / "context";
    scratch.write("context/file", "x");
    REQUIRE(::mkfifo((dir / "pipe").c_str(), 0600) == 0);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    (dir / "socket").string().copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    ::close(fd);
    const auto lines = listed(scratch, pack(dir));
    CHECK(lines.find("socket") == std::string::npos);
    CHECK(lines.find(" pipe\n") != std::string::npos);
    CHECK(lines.find(" file\n") != std::string::npos);
}

TEST_CASE("tar source: a file that shrinks is an error, one that grows is cut") {
    const test::TempDir scratch;
    const auto file = scratch.write("file", std::string(300'000, 'x'));
    TarSource source(scratch.path(), {});
    std::string begin(100'000, '\0');
    begin.resize(source.read(begin));

    SUBCASE("shrinks") {
        stdfs::resize_file(file, 1000);
        CHECK_THROWS_WITH_AS(
            read_all(source),
            (file.string() + " became shorter while it was sent").c_str(),
            orch::Error
        );
    }
    SUBCASE("grows") {
        std::ofstream(file, std::ios::app) << "more";
        const auto archive = begin + read_all(source);
        CHECK(test::read_tar(archive).at("file") == std::string(300'000, 'x'));
    }
}

TEST_CASE("tar source: what cannot be read is named") {
    const test::TempDir scratch;
    SUBCASE("no such directory") {
        CHECK_THROWS_WITH_AS(
            pack(scratch.path() / "none"),
            ("cannot read " + (scratch.path() / "none").string() + ": No such file or directory")
                .c_str(),
            orch::Error
        );
    }
    SUBCASE("a link that leads nowhere is no directory to enter") {
        stdfs::create_directory_symlink("loop", scratch.path() / "loop");
        CHECK(test::read_tar(pack(scratch.path())).empty());
    }
    SUBCASE("a file that vanishes between listing and reading") {
        scratch.write("a", "x");
        const auto gone = scratch.write("b", "x");
        TarSource source(scratch.path(), {.filter = [&](const std::string& path, bool) {
                             if (path == "a")
                                 stdfs::remove(gone);
                             return TarSource::Verdict{};
                         }});
        CHECK_THROWS_WITH_AS(
            read_all(source),
            ("cannot read " + gone.string() + ": No such file or directory").c_str(),
            orch::Error
        );
    }
}

TEST_CASE("tar source: the further names of a file are links to the first that is taken") {
    const test::TempDir scratch;
    const auto dir = scratch.path() / "context";
    scratch.write("context/a-left-out", "the same");
    stdfs::create_hard_link(dir / "a-left-out", dir / "b");
    stdfs::create_hard_link(dir / "a-left-out", dir / "c");
    const auto archive = pack(dir, [](const std::string& relative, bool) {
        return TarSource::Verdict{.take = relative != "a-left-out"};
    });
    const auto lines = listed(scratch, archive);
    CAPTURE(lines);
    CHECK(lines.find(" c link to b\n") != std::string::npos);
    CHECK(lines.find("a-left-out") == std::string::npos);
    CHECK(test::read_tar(archive).at("b") == "the same");
}

TEST_CASE("tar source: added files take the place of those that are there") {
    const test::TempDir scratch;
    scratch.write("context/a", "old");
    scratch.write("context/b", "kept");
    TarSource source(
        scratch.path() / "context",
        {.added = {{.path = "a", .content = "new"}, {.path = ".c", .content = ""}}}
    );
    const std::map<std::string, std::string> expected{{".c", ""}, {"a", "new"}, {"b", "kept"}};
    CHECK(test::read_tar(read_all(source)) == expected);
}

TEST_CASE("tar source: compressed it is the same archive") {
    const test::TempDir scratch;
    scratch.write("context/zeros", std::string(1'000'000, '\0'));
    TarSource source(scratch.path() / "context", {.gzip = true});
    const auto archive = read_all(source);
    CHECK(archive.size() < 10'000);
    CHECK(archive.starts_with("\x1f\x8b"));
    const auto lines = listed(scratch, archive);
    CAPTURE(lines);
    CHECK(lines.find("1000000 ") != std::string::npos);
}
