#include "lib/archive/tar_sieve.hpp"
#include "lib/archive/tar_write.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/tar_reader.hpp"

#include <doctest/doctest.h>

using orch::archive::tar_of;
using orch::archive::TarSieve;

namespace {

/// What remains of an archive that comes in pieces of this size.
std::string without(const std::string& name, const std::string& tar, std::size_t piece) {
    std::string out;
    TarSieve sieve(
        [&](std::string_view member) { return member != name; },
        [&](std::string_view bytes) {
            out += bytes;
            return true;
        }
    );
    for (std::size_t at = 0; at < tar.size(); at += piece)
        CHECK(sieve.feed(std::string_view(tar).substr(at, piece)));
    return out;
}

} // namespace

TEST_CASE("tar sieve: one member goes, the others stay byte by byte") {
    const auto tar = tar_of(
        {{.path = "a", .content = "first"},
         {.path = "b", .content = std::string(1000, 'x')},
         {.path = "c", .content = ""}}
    );
    const auto rest = tar_of({{.path = "a", .content = "first"}, {.path = "c", .content = ""}});
    for (const std::size_t piece :
         {std::size_t{1}, std::size_t{511}, std::size_t{513}, tar.size()}) {
        const auto out = without("b", tar, piece);
        CHECK(orch::test::read_tar(out) == orch::test::read_tar(rest));
        CHECK(without("none", tar, piece) == tar);
    }
}

TEST_CASE("tar sieve: a long name goes with its member") {
    const std::string name = std::string(200, 'n') + "/" + std::string(180, 'm');
    const auto tar = tar_of({{.path = name, .content = "long"}, {.path = "b", .content = "short"}});
    const auto files = orch::test::read_tar(without(name, tar, 100));
    CHECK(files == std::map<std::string, std::string>{{"b", "short"}});
    CHECK(orch::test::read_tar(without("b", tar, 100)).count(name) == 1);
}

TEST_CASE("tar sieve: nobody listens any more") {
    TarSieve sieve([](std::string_view) { return true; }, [](std::string_view) { return false; });
    CHECK_FALSE(sieve.feed(tar_of({{.path = "a", .content = "x"}})));
}

TEST_CASE("tar sieve: what is no archive is refused") {
    TarSieve sieve([](std::string_view) { return true; }, [](std::string_view) { return true; });
    CHECK(orch::test::error_of([&] {
              sieve.feed(std::string(600, 'x'));
          }).kind() == orch::Kind::invalid);
}
