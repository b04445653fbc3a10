#include "drivers/kit/images.hpp"
#include "lib/fs/files.hpp"
#include "lib/tls/digest.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/fake_world.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

namespace kit = orch::drivers::kit;
using orch::Kind;
using orch::test::error_of;

namespace {

const std::string content = "the disk of a cloud image";

/// A publisher: one image and the list of its checksums.
struct Publisher : orch::test::FakeWorld {
    orch::test::TempDir dir;
    std::string list = orch::tls::sha256_hex(content) + " *image.qcow2\n";
    std::string served = content;
    int downloads = 0;

    Publisher() {
        http.handler = [this](const orch::http::Request& request) { return answer(request); };
    }

    orch::http::Response answer(const orch::http::Request& request) {
        if (request.url.ends_with("/SHA256SUMS"))
            return {.status = 200, .headers = {}, .body = list};
        REQUIRE(request.url == "https://images.example.org/image.qcow2");
        ++downloads;
        const auto range = request.headers.find("Range");
        const auto from = range == request.headers.end() ? 0 : std::stoul(range->second.substr(6));
        orch::http::Response head{
            .status = from == 0 ? 200 : 206,
            .headers =
                {{"content-range",
                  "bytes " + std::to_string(from) + "-/" + std::to_string(served.size())}},
            .body = "",
        };
        request.on_head(head);
        request.on_chunk(served.substr(from));
        return head;
    }

    [[nodiscard]] kit::ImageSource source() const {
        return {
            .url = "https://images.example.org/image.qcow2",
            .checksum = {.algorithm = "sha256", .list = "https://images.example.org/SHA256SUMS"},
        };
    }

    std::filesystem::path fetch(const kit::ImageSource& from) {
        return kit::fetch(
            from, {.world = world, .dir = dir.path(), .store = dir.path(), .machine = "web1"}, job
        );
    }
};

} // namespace

TEST_CASE("images: the catalogue's names become URLs for processor and hypervisor") {
    using kit::Flavour;
    const auto qemu = kit::image_source("debian-13", Flavour::qemu, "x86_64");
    CHECK(qemu.url.ends_with("/debian-13-genericcloud-amd64.qcow2"));
    CHECK(qemu.checksum.algorithm == "sha512");
    CHECK(qemu.checksum.list.ends_with("/trixie/latest/SHA512SUMS"));
    const auto arm = kit::image_source("ubuntu-24.04", Flavour::virtualbox, "aarch64");
    CHECK(arm.url.ends_with("/ubuntu-24.04-server-cloudimg-arm64.vmdk"));
    CHECK(arm.checksum.algorithm == "sha256");
    for (const auto& name : kit::image_names())
        CHECK(kit::image_source(name, Flavour::qemu, "x86_64").url.starts_with("https://"));
}

TEST_CASE("images: URLs, files and checksums of the user's own") {
    const std::string hex(64, 'A');
    const auto source =
        kit::image_source("https://x.org/a.img#sha256=" + hex, kit::Flavour::qemu, "x86_64");
    CHECK(source.url == "https://x.org/a.img");
    CHECK(source.checksum.hex == std::string(64, 'a'));
    CHECK(kit::image_source("./a.img", kit::Flavour::qemu, "x86_64").url == "./a.img");
    for (const auto* wish : {"debian-31", "/a.img#sha256=12", "/a.img#sha1=00"}) {
        CAPTURE(wish);
        const auto error = error_of([&] { kit::image_source(wish, kit::Flavour::qemu, "x86_64"); });
        CHECK(error.kind() == Kind::usage);
        CHECK_FALSE(error.hint().empty());
    }
}

TEST_CASE_FIXTURE(Publisher, "images: downloaded once, checked against the publisher's list") {
    const auto file = fetch(source());
    CHECK(orch::fs::read_file(file) == content);
    CHECK(file.parent_path() == dir.path() / "cache" / "images");
    CHECK(fetch(source()) == file);
    CHECK(downloads == 1);
}

TEST_CASE_FIXTURE(Publisher, "images: a wrong file is never kept") {
    served = "somebody else's";
    const auto error = error_of([&] { fetch(source()); });
    CHECK(error.kind() == Kind::invalid);
    CHECK(error.message().find("image.qcow2") != std::string::npos);
    served = content;
    CHECK(orch::fs::read_file(fetch(source())) == content);
}

TEST_CASE_FIXTURE(
    Publisher, "images: a part of an older file is not the beginning of the new one"
) {
    const auto file = fetch(source());
    auto part = file;
    part += ".part";
    std::filesystem::remove(file);
    orch::fs::write_atomic(part, "THE DISK", 0644);
    CHECK(orch::fs::read_file(fetch(source())) == content);
    CHECK(downloads == 3);
}

TEST_CASE_FIXTURE(Publisher, "images: a list without the file is no permission to go on") {
    list = "0123  other.qcow2\n";
    CHECK(error_of([&] { fetch(source()); }).message().find("no checksum") != std::string::npos);
    CHECK(downloads == 0);
}

TEST_CASE_FIXTURE(Publisher, "images: files of this computer are used where they are") {
    const auto image = dir.path() / "own.img";
    orch::fs::write_atomic(image, content, 0644);
    CHECK(fetch({.url = image.string()}) == image);
    CHECK(fetch({.url = "file://" + image.string()}) == image);
    const kit::Checksum good{.algorithm = "sha256", .hex = orch::tls::sha256_hex(content)};
    CHECK(fetch({.url = image.string(), .checksum = good}) == image);
    const kit::Checksum bad{.algorithm = "sha256", .hex = std::string(64, '0')};
    CHECK(error_of([&] {
              fetch({.url = image.string(), .checksum = bad});
          }).kind() == Kind::invalid);
    CHECK(error_of([&] { fetch({.url = "/none.img"}); }).kind() == Kind::not_found);
}
