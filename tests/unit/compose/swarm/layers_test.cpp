#include "compose/swarm/layers.hpp"

#include <doctest/doctest.h>

using orch::compose::swarm::common_layers;
using orch::compose::swarm::members_of_layers;

namespace {

using Names = std::set<std::string>;

} // namespace

TEST_CASE("layers: what two images have in common begins with the lowest") {
    CHECK(common_layers({"a", "b", "c"}, {"a", "b", "d"}) == 2);
    CHECK(common_layers({"a", "b"}, {"b", "a"}) == 0);
    CHECK(common_layers({"a", "b"}, {"a", "b", "c"}) == 2);
    CHECK(common_layers({}, {"a"}) == 0);
}

TEST_CASE("layers: an engine 20.10 calls them by ids of its own, later ones by their digests") {
    // Of an image that an engine 20.10 built on busybox, and of its archive.
    const std::vector<std::string> layers{
        "sha256:310b753ba5387ee51df1ff043dcb27e2903380dbf1b12bd060e6a66266a64771",
        "sha256:3ed84cba9236f355faec615518a39079154b2af2e5e7a467d4c1368e9a42996c",
        "sha256:b27c7367951d17473122ebbb858d396f249b3c43a3644614efe8ea93c8783a4c"};
    CHECK(members_of_layers(layers, 0).empty());
    CHECK(
        members_of_layers(layers, 2) ==
        Names{
            "blobs/sha256/310b753ba5387ee51df1ff043dcb27e2903380dbf1b12bd060e6a66266a64771",
            "blobs/sha256/3ed84cba9236f355faec615518a39079154b2af2e5e7a467d4c1368e9a42996c",
            "e0ddd2e8d3a6c933b5b561b453f189326dace31751bcfa6bfd719e0721ade517/layer.tar",
            "f15b26cc91479b579a08d1f938e7a5211852000029b5160066b08910ac8c7720/layer.tar"}
    );
}

TEST_CASE("layers: one that comes again above is not left out") {
    const auto members = members_of_layers({"sha256:aa", "sha256:bb", "sha256:aa"}, 2);
    CHECK_FALSE(members.contains("blobs/sha256/aa"));
    CHECK(members.contains("blobs/sha256/bb"));
    CHECK(members.size() == 2);
}
