#include "lib/archive/iso_write.hpp"
#include "tests/support/error_of.hpp"

#include <doctest/doctest.h>

namespace archive = orch::archive;

namespace {

constexpr std::size_t sector = 2048;

std::string_view at(const std::string& image, std::size_t offset, std::size_t size) {
    return std::string_view(image).substr(offset, size);
}

std::uint32_t little_endian(const std::string& image, std::size_t offset) {
    std::uint32_t value = 0;
    for (int i = 3; i >= 0; --i)
        value =
            value << 8 | static_cast<unsigned char>(image[offset + static_cast<std::size_t>(i)]);
    return value;
}

/// The content of the file with that Rock Ridge name: ECMA-119 sections 8.4 and 9.1, and the NM
/// entry of the Rock Ridge Interchange Protocol.
std::string file_in(const std::string& image, const std::string& name) {
    const auto root = 16 * sector + 156;
    const auto start = little_endian(image, root + 2) * sector;
    const auto size = little_endian(image, root + 10);
    for (auto entry = start; entry < start + size && image[entry] != 0;
         entry += static_cast<unsigned char>(image[entry])) {
        const auto record = at(image, entry, static_cast<unsigned char>(image[entry]));
        const auto mark = record.find("NM");
        if (mark == std::string_view::npos)
            continue;
        const auto length = static_cast<unsigned char>(record[mark + 2]);
        if (record.substr(mark + 5, length - 5U) == name)
            return image.substr(
                little_endian(image, entry + 2) * sector, little_endian(image, entry + 10)
            );
    }
    return "there is no " + name;
}

} // namespace

TEST_CASE("iso_write: a labelled image with long names in both extensions") {
    const std::string large(5000, 'x');
    const auto image = archive::iso_of(
        "cidata", {{.path = "meta-data", .content = "{}"}, {.path = "user-data", .content = large}}
    );
    CHECK(image.size() % sector == 0);
    CHECK(image.size() < 200 * sector);
    CHECK(at(image, 16 * sector, 6) == std::string_view("\1CD001", 6));
    const auto label = at(image, 16 * sector + 40, 32);
    CHECK(label.substr(0, 7) == "CIDATA ");
    CHECK(at(image, 17 * sector, 6) == std::string_view("\2CD001", 6)); // Joliet
    CHECK(file_in(image, "meta-data") == "{}");
    CHECK(file_in(image, "user-data") == large);
}
