#include "lib/ssh/wire.hpp"

#include <openssl/evp.h>

namespace orch::ssh {

std::string wire_number(std::uint32_t value) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8)
        bytes.push_back(static_cast<char>((value >> shift) & 0xff));
    return bytes;
}

std::string wire_string(std::string_view bytes) {
    return wire_number(static_cast<std::uint32_t>(bytes.size())).append(bytes);
}

std::optional<std::string_view> take_wire_string(std::string_view& data) {
    if (data.size() < 4)
        return std::nullopt;
    std::size_t size = 0;
    for (int i = 0; i < 4; ++i)
        size = size << 8 | static_cast<unsigned char>(data[static_cast<std::size_t>(i)]);
    if (data.size() - 4 < size)
        return std::nullopt;
    const auto bytes = data.substr(4, size);
    data.remove_prefix(4 + size);
    return bytes;
}

std::string base64_encode(std::string_view bytes) {
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0'); // OpenSSL adds a NUL
    const int size = EVP_EncodeBlock(
        reinterpret_cast<unsigned char*>(text.data()),
        reinterpret_cast<const unsigned char*>(bytes.data()),
        static_cast<int>(bytes.size())
    );
    text.resize(static_cast<std::size_t>(size));
    return text;
}

std::optional<std::string> base64_decode(std::string_view text) {
    std::string packed;
    for (const char letter : text) {
        if (letter != '\n' && letter != '\r' && letter != ' ' && letter != '\t')
            packed.push_back(letter);
    }
    std::string bytes(packed.size() / 4 * 3, '\0');
    const int size = EVP_DecodeBlock(
        reinterpret_cast<unsigned char*>(bytes.data()),
        reinterpret_cast<const unsigned char*>(packed.data()),
        static_cast<int>(packed.size())
    );
    if (size < 0)
        return std::nullopt;
    // OpenSSL counts the padding as zero bytes.
    auto length = static_cast<std::size_t>(size);
    for (auto last = packed.rbegin(); last != packed.rend() && *last == '=' && length > 0; ++last)
        --length;
    bytes.resize(length);
    return bytes;
}

} // namespace orch::ssh
