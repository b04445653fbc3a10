#include "lib/base/base64.hpp"

#include <doctest/doctest.h>

namespace base64 = orch::base64;

TEST_CASE("base64: the vectors of RFC 4648 go both ways") {
    for (const auto& [plain, encoded] : {
             std::pair{"", ""},
             std::pair{"f", "Zg=="},
             std::pair{"fo", "Zm8="},
             std::pair{"foo", "Zm9v"},
             std::pair{"foob", "Zm9vYg=="},
             std::pair{"fooba", "Zm9vYmE="},
             std::pair{"foobar", "Zm9vYmFy"},
         }) {
        CHECK(base64::encode_url(plain) == encoded);
        CHECK(base64::decode(encoded) == plain);
    }
}

TEST_CASE("base64: the URL-safe letters are used, and both alphabets are read") {
    CHECK(base64::encode_url("\xFB\xFF\xBF") == "-_-_");
    CHECK(base64::encode("\xFB\xFF\xBF") == "+/+/");
    CHECK(base64::decode("-_-_") == "\xFB\xFF\xBF");
    CHECK(base64::decode("+/+/") == "\xFB\xFF\xBF");
}
