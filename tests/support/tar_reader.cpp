#include "tests/support/tar_reader.hpp"

#include <stdexcept>

namespace orch::test {

namespace {

constexpr std::size_t block = 512;

/// A text field ends at its first NUL.
std::string field(std::string_view header, std::size_t at, std::size_t size) {
    const auto text = header.substr(at, size);
    return std::string(text.substr(0, text.find('\0')));
}

/// The value of "path" among pax records: "LENGTH KEY=VALUE\n".
std::string pax_path(std::string_view records) {
    while (!records.empty()) {
        const auto length = std::stoul(std::string(records.substr(0, records.find(' '))));
        auto record = records.substr(0, length);
        record.remove_prefix(record.find(' ') + 1);
        if (record.starts_with("path="))
            return std::string(record.substr(5, record.size() - 6));
        records.remove_prefix(length);
    }
    return {};
}

std::string plain_name(std::string_view header) {
    const auto prefix = header.substr(257, 6) == std::string_view("ustar\0", 6)
                            ? field(header, 345, 155)
                            : std::string();
    return prefix.empty() ? field(header, 0, 100) : prefix + "/" + field(header, 0, 100);
}

} // namespace

std::map<std::string, std::string> read_tar(std::string_view archive) {
    std::map<std::string, std::string> files;
    std::string long_name; // for the next entry
    while (archive.size() >= block && archive[0] != '\0') {
        const auto header = archive.substr(0, block);
        if (header.substr(257, 5) != "ustar")
            throw std::runtime_error("this is no tar archive");
        const auto size = std::stoul(field(header, 124, 12), nullptr, 8);
        const auto padded = (size + block - 1) / block * block;
        if (archive.size() < block + padded)
            throw std::runtime_error("the tar archive is cut off");
        const auto content = archive.substr(block, size);
        const char type = header[156];
        if (type == 'x') {
            long_name = pax_path(content);
        } else if (type == 'L') {
            long_name = field(content, 0, size);
        } else {
            auto name = long_name.empty() ? plain_name(header) : long_name;
            long_name.clear();
            if (name.starts_with("./"))
                name.erase(0, 2);
            if (type == '0' || type == '\0')
                files[name] = content;
        }
        archive.remove_prefix(block + padded);
    }
    return files;
}

} // namespace orch::test
