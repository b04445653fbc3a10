#include "lib/base/base64.hpp"

#include <cstdint>

namespace orch::base64 {

namespace {

constexpr std::string_view standard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_safe =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string encode_with(std::string_view alphabet, std::string_view bytes) {
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t bits = 0;
        for (std::size_t j = 0; j < 3; ++j)
            bits =
                bits << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0U);
        for (std::size_t j = 0; j < 4; ++j) {
            const bool padding = j > bytes.size() - i;
            text += padding ? '=' : alphabet[bits >> (18 - 6 * j) & 0x3F];
        }
    }
    return text;
}

} // namespace

std::string decode(std::string_view text) {
    std::string bytes;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : text) {
        auto value = standard.find(c);
        if (value == std::string_view::npos)
            value = url_safe.find(c);
        if (value == std::string_view::npos)
            break;
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        count += 6;
        if (count < 8)
            continue;
        count -= 8;
        bytes += static_cast<char>(bits >> count & 0xFF);
    }
    return bytes;
}

std::string encode(std::string_view bytes) { return encode_with(standard, bytes); }

std::string encode_url(std::string_view bytes) { return encode_with(url_safe, bytes); }

} // namespace orch::base64
