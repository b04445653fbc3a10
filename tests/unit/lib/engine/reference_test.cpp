#include "lib/engine/reference.hpp"

#include <doctest/doctest.h>

using orch::engine::escape_reference;
using orch::engine::Reference;
using orch::engine::split_reference;

TEST_CASE("reference: repository and tag") {
    CHECK(split_reference("redis") == Reference{"redis", "latest"});
    CHECK(split_reference("redis:7") == Reference{"redis", "7"});
    CHECK(split_reference("host:5000/a/b") == Reference{"host:5000/a/b", "latest"});
    CHECK(split_reference("host:5000/a/b:1") == Reference{"host:5000/a/b", "1"});
    CHECK(split_reference("a/b@sha256:12") == Reference{"a/b", "sha256:12"});
    CHECK(split_reference("host:5000/a:1@sha256:12") == Reference{"host:5000/a:1", "sha256:12"});
}

TEST_CASE("reference: in a path its slashes stay") {
    CHECK(escape_reference("host:5000/a/b:1") == "host%3A5000/a/b%3A1");
}
