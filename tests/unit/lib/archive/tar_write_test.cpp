#include "lib/archive/tar_write.hpp"
#include "tests/support/tar_reader.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

namespace archive = orch::archive;

TEST_CASE("tar_write: files come back as they were given") {
    const std::string bytes("a\0b\n", 4);
    const auto tar = archive::tar_of({
        {.path = "dir/", .mode = 0700, .owner = 1000},
        {.path = "dir/key", .content = bytes, .mode = 0600, .owner = 1000},
        {.path = "empty"},
    });
    const auto files = orch::test::read_tar(tar);
    CHECK(files.at("dir/key") == bytes);
    CHECK(files.at("empty").empty());
    CHECK(tar.size() % 512 == 0);
}

TEST_CASE("tar_write: owner and mode stand in the header") {
    const auto tar = archive::tar_of({{.path = "key", .mode = 0600, .owner = 1000}});
    const auto number = [&](std::size_t at) {
        return std::strtol(tar.substr(at, 8).c_str(), nullptr, 8);
    };
    CHECK(number(100) == 0600);
    CHECK(number(108) == 1000); // user
    CHECK(number(116) == 1000); // group
}
