#include "drivers/kit/boot2docker.hpp"
#include "lib/base/error.hpp"
#include "lib/ssh/key.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/fake_world.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace b2d = orch::drivers::kit::boot2docker;
using orch::Kind;
using orch::test::error_of;

namespace {

std::string iso_named(const std::string& name) {
    std::string image(0x8800, '\0');
    image.replace(0x8001, 5, "CD001");
    image.replace(0x8028, 32, std::string(32, ' '));
    image.replace(0x8028, name.size(), name);
    return image;
}

std::string field(const std::string& tar, std::size_t entry, std::size_t offset) {
    return tar.c_str() + entry + offset;
}

} // namespace

TEST_CASE("boot2docker: the disk begins with a tar of magic words and the key, twice") {
    const auto key = orch::ssh::generate_ed25519("web1").public_line;
    const auto tar = b2d::format_me(key);
    CHECK(tar.starts_with("boot2docker, please format-me"));
    CHECK(field(tar, 512, 0) == "boot2docker, please format-me");
    CHECK(field(tar, 1024, 0) == ".ssh/");
    CHECK(field(tar, 1024, 100) == "000700 ");
    CHECK(field(tar, 1536, 0) == ".ssh/authorized_keys");
    CHECK(field(tar, 2048, 0) == key);
    CHECK(field(tar, 2560, 0) == ".ssh/authorized_keys2");
    CHECK(field(tar, 3072, 0) == key);
    CHECK(tar.find_last_not_of('\0') < 3584);
    CHECK(field(tar, 0, 257).starts_with("ustar"));
}

TEST_CASE("boot2docker: a key that the guest would cut off is refused") {
    CHECK_NOTHROW(b2d::format_me(std::string(512, 'k')));
    CHECK(error_of([] { b2d::format_me(std::string(2000, 'k')); }).kind() == Kind::invalid);
}

TEST_CASE("boot2docker: a blank disk has its head, zeros and exactly its size") {
    const auto source = b2d::blank_disk("head", 1000);
    std::vector<char> buffer(300);
    std::string all;
    while (const auto size = source(buffer))
        all.append(buffer.data(), size);
    CHECK(all.size() == 1000);
    CHECK(all == "head" + std::string(996, '\0'));
    CHECK(error_of([] { b2d::blank_disk("head", 3); }).kind() == Kind::invalid);
}

TEST_CASE("boot2docker: a head longer than the buffer comes in pieces") {
    const auto source = b2d::blank_disk("0123456789", 12);
    std::vector<char> buffer(4);
    std::string all;
    while (const auto size = source(buffer))
        all.append(buffer.data(), size);
    CHECK(all == std::string("0123456789\0\0", 12));
}

TEST_CASE("boot2docker: the version stands in the volume's name") {
    const orch::test::TempDir dir;
    CHECK(b2d::iso_version(dir.write("a.iso", iso_named("Boot2Docker-v19.03.12"))) == "v19.03.12");
    CHECK(b2d::iso_version(dir.write("b.iso", iso_named("b2d-v18.06.1-ce"))) == "v18.06.1-ce");
    CHECK(b2d::iso_version(dir.write("c.iso", iso_named("Boot2Docker"))).empty());
    const auto text = dir.write("d.iso", "not found");
    CHECK(error_of([&] { b2d::iso_version(text); }).kind() == Kind::invalid);
    CHECK(error_of([&] { b2d::iso_version(dir / "none"); }).kind() == Kind::not_found);
}

TEST_CASE("boot2docker: pages of releases are told from images") {
    constexpr auto page = "https://api.github.com/repos/boot2docker/boot2docker/releases";
    CHECK(b2d::latest_release_url(page) == std::string(page) + "/latest");
    CHECK(
        b2d::latest_release_url("https://git.example/api/v3/repos/o/r/releases/") ==
        "https://git.example/api/v3/repos/o/r/releases/latest"
    );
    CHECK(b2d::latest_release_url(b2d::last_url).empty());
    CHECK(b2d::latest_release_url("file:///repos/o/r/releases").empty());
    CHECK(b2d::latest_release_url("https://example.org/repos/o/releases").empty());
}

TEST_CASE("boot2docker: the latest release names its image") {
    const std::string answer = R"({"tag_name": "v19.03.12", "name": "x"})";
    CHECK(
        b2d::iso_url_of_release(
            "https://api.github.com/repos/boot2docker/boot2docker/releases", answer
        ) == b2d::last_url
    );
    CHECK(
        b2d::iso_url_of_release("https://git.example/api/v3/repos/o/r/releases", answer) ==
        "https://git.example/o/r/releases/download/v19.03.12/boot2docker.iso"
    );
    CHECK(error_of([] {
              b2d::iso_url_of_release("https://x/repos/o/r/releases", "{}");
          }).kind() == Kind::remote);
    CHECK(error_of([] {
              b2d::iso_url_of_release("https://x/repos/o/r/releases", "<");
          }).kind() == Kind::invalid);
}

TEST_CASE("boot2docker: only a page of releases is asked for") {
    orch::test::FunctionHttp http;
    std::string asked;
    http.handler = [&](const orch::http::Request& request) {
        asked = request.url;
        return orch::http::Response{200, {}, R"({"tag_name": "v19.03.12"})"};
    };
    CHECK(b2d::iso_url("file:///b2d.iso", http, {}) == "file:///b2d.iso");
    CHECK(asked.empty());
    constexpr auto page = "https://api.github.com/repos/boot2docker/boot2docker/releases";
    CHECK(b2d::iso_url(page, http, {}) == b2d::last_url);
    CHECK(asked == std::string(page) + "/latest");
}
