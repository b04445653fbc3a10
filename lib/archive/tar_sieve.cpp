#include "lib/archive/tar_sieve.hpp"

#include "lib/base/error.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace orch::archive {

namespace {

constexpr std::size_t block = 512;
constexpr std::uint64_t longest_extension = 1 << 20;

// Fields of a header: POSIX.1-1988 ustar.
constexpr std::size_t name_size = 100;
constexpr std::size_t size_at = 124;
constexpr std::size_t size_size = 12;
constexpr std::size_t type_at = 156;
constexpr std::size_t magic_at = 257;
constexpr std::size_t prefix_at = 345;
constexpr std::size_t prefix_size = 155;

Error no_archive() { return Error(Kind::invalid, "what comes is no tar archive"); }

/// A text field ends at its first NUL.
std::string field(std::string_view header, std::size_t at, std::size_t size) {
    const auto text = header.substr(at, size);
    return std::string(text.substr(0, text.find('\0')));
}

/// Octal digits, or a binary number where the first bit is set.
std::uint64_t size_in(std::string_view header) {
    constexpr unsigned mark = 0x80;
    const auto text = header.substr(size_at, size_size);
    std::uint64_t size = 0;
    if ((static_cast<unsigned char>(text.front()) & mark) != 0) {
        for (const char byte : text.substr(text.size() - sizeof(size)))
            size = size << 8U | static_cast<unsigned char>(byte);
        return size;
    }
    const auto begin = std::min(text.find_first_not_of(' '), text.size());
    const auto* const first = text.data() + begin;
    if (std::from_chars(first, text.data() + text.size(), size, 8).ec ==
        std::errc::result_out_of_range)
        throw no_archive();
    return size;
}

std::uint64_t padded(std::uint64_t size) { return (size + block - 1) / block * block; }

std::string name_in(std::string_view header) {
    const auto name = field(header, 0, name_size);
    const bool has_prefix = header.substr(magic_at, 6) == std::string_view("ustar\0", 6);
    const auto prefix = has_prefix ? field(header, prefix_at, prefix_size) : std::string();
    return prefix.empty() ? name : prefix + "/" + name;
}

/// The value of a key among pax records: "LENGTH KEY=VALUE\n".
std::string pax_value(std::string_view records, std::string_view key) {
    std::string value;
    while (!records.empty()) {
        std::size_t length = 0;
        const auto* const end = records.data() + records.size();
        const auto parsed = std::from_chars(records.data(), end, length);
        const auto head = static_cast<std::size_t>(parsed.ptr - records.data()) + 1;
        if (parsed.ec != std::errc() || length > records.size() || length <= head)
            break;
        const auto record = records.substr(head, length - head - 1);
        if (record.starts_with(key) && record.substr(key.size()).starts_with('='))
            value = record.substr(key.size() + 1);
        records.remove_prefix(length);
    }
    return value;
}

} // namespace

bool TarSieve::feed(std::string_view bytes) {
    while (!bytes.empty()) {
        if (left_ == 0) {
            const auto part = bytes.substr(0, block - header_.size());
            header_ += part;
            bytes.remove_prefix(part.size());
            if (header_.size() == block && !take_header())
                return false;
            continue;
        }
        const auto part = bytes.substr(0, std::min<std::uint64_t>(left_, bytes.size()));
        bytes.remove_prefix(part.size());
        left_ -= part.size();
        if (extension_ != 0)
            about_next_ += part;
        else if (keeping_ && !out_(part))
            return false;
        if (left_ == 0 && extension_ != 0)
            read_extension();
    }
    return true;
}

bool TarSieve::take_header() {
    const auto header = std::exchange(header_, {});
    const bool end_mark = header.find_first_not_of('\0') == std::string::npos;
    if (!end_mark && !header.substr(magic_at).starts_with("ustar"))
        throw no_archive();
    const auto type = header[type_at];
    const auto size = end_mark ? 0 : size_in(header);
    if (type == 'x' || type == 'L' || type == 'K') {
        if (size == 0 || size > longest_extension)
            throw no_archive();
        extension_ = type;
        about_next_ += header;
        records_ = about_next_.size();
        long_size_ = 0;
        left_ = padded(size);
        return true;
    }
    const auto name = long_name_.empty() ? name_in(header) : std::exchange(long_name_, {});
    left_ = padded(long_size_ != 0 ? std::exchange(long_size_, 0) : size);
    keeping_ = end_mark || keep_(name);
    const auto before = std::exchange(about_next_, {});
    return !keeping_ || ((before.empty() || out_(before)) && out_(header));
}

void TarSieve::read_extension() {
    const auto text = std::string_view(about_next_).substr(records_);
    if (extension_ == 'L')
        long_name_ = text.substr(0, text.find('\0'));
    if (extension_ == 'x') {
        if (auto name = pax_value(text, "path"); !name.empty())
            long_name_ = std::move(name);
        const auto size = pax_value(text, "size");
        std::from_chars(size.data(), size.data() + size.size(), long_size_);
    }
    extension_ = 0;
}

} // namespace orch::archive
