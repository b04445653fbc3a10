#include "lib/base/base64.hpp"
#include "lib/base/error.hpp"
#include "lib/tls/certificate.hpp"
#include "lib/tls/sign.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/rsa_key.hpp"

#include <doctest/doctest.h>

namespace tls = orch::tls;

TEST_CASE("sign: RS256 is what openssl dgst -sha256 -sign makes") {
    CHECK(
        orch::base64::encode(tls::sign_rs256(orch::test::rsa_key, "abc", "a test")) ==
        "OGxB72sw17DFuwJEyoZdRCLHEaf+QFM24tWwyLcgMBwk4MWAPXwMTINtNxFtN96GjnBxYif9nYhAsnr36TE8cBw3Np"
        "2cv+P+unO7RMgzbiTO5ennETATSaEek9DaAxqd0N1MGvy201dfzdZr9zVFAsry3kXe9f1Jg9svTxI01pM="
    );
}

TEST_CASE("sign: another key is refused by name") {
    const auto authority = tls::make_authority("ada"); // its key is an elliptic one
    const auto error =
        orch::test::error_of([&] { tls::sign_rs256(authority.key, "abc", "the file f"); });
    CHECK(error.kind() == orch::Kind::invalid);
    CHECK(error.message() == "the file f: the private key is no RSA key");
    CHECK_THROWS_AS(tls::sign_rs256("no key", "abc", "the file f"), orch::Error);
}
