#include "lib/tls/digest.hpp"

#include <doctest/doctest.h>

namespace tls = orch::tls;

TEST_CASE("digest: SHA-256 agrees with the examples of FIPS 180-2") {
    CHECK(
        tls::sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    CHECK(
        tls::sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
}
