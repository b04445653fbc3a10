#include "lib/base/utf8.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace utf8 = orch::utf8;

TEST_CASE("utf8: what was appended is read again") {
    for (const char32_t code : {0U, 0x7FU, 0x80U, 0x7FFU, 0x800U, 0xFFFDU, 0x10000U, 0x10FFFFU}) {
        std::string text;
        utf8::append(text, code);
        const auto rune = utf8::first_rune(text + "tail");
        CHECK(rune.code == code);
        CHECK(rune.length == text.size());
        CHECK(rune.valid);
    }
}

TEST_CASE("utf8: broken text is read a byte at a time") {
    using std::string_view_literals::operator""sv;
    for (const auto text :
         {"\x80"sv,
          "\xC3"sv,
          "\xC0\x80"sv,
          "\xE0\x80\x80"sv,
          "\xED\xA0\x80"sv,
          "\xF0\x80\x80\x80"sv,
          "\xF4\x90\x80\x80"sv,
          "\xF8\x88\x80\x80"sv,
          "\xFF"sv,
          "\xE2\x82"sv,
          "\xE2x\x82"sv}) {
        const auto rune = utf8::first_rune(text);
        CHECK_FALSE(rune.valid);
        CHECK(rune.code == utf8::replacement);
        CHECK(rune.length == 1);
    }
    CHECK(utf8::count("a\u00e9\u20ac\xFF") == 4);
}

TEST_CASE("utf8: what is no character is appended as the replacement") {
    std::string text;
    utf8::append(text, 0xD800);
    utf8::append(text, 0x110000);
    CHECK(text == "\uFFFD\uFFFD");
}
