#include "lib/fs/files.hpp"
#include "lib/tls/certificate.hpp"
#include "machine/expiry.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

namespace machine = orch::machine;
using std::chrono::hours;
using std::chrono::system_clock;

TEST_CASE("expiry: the certificate that ends first counts") {
    const orch::test::TempDir dir;
    const auto authority = orch::tls::make_authority("ada");
    const auto server = orch::tls::make_server(authority, "ada.web1", {"192.0.2.7"}, false);
    orch::fs::write_atomic(dir.path() / "ca.pem", authority.certificate, 0644);
    orch::fs::write_atomic(dir.path() / "server.pem", server.certificate, 0644);
    machine::AuthOptions auth;
    auth.ca_cert = dir.path() / "ca.pem";
    auth.client_cert = dir.path() / "missing.pem";
    auth.server_cert = dir.path() / "server.pem";

    machine::Expiries expiries;
    const auto end = expiries.earliest(auth);
    REQUIRE(end);
    const auto days = machine::days_left(*end, system_clock::now());
    CHECK(days >= 824);
    CHECK(days <= 825);
}

TEST_CASE("expiry: a machine without a certificate has no end, whatever the store has") {
    const orch::test::TempDir dir;
    const auto authority = orch::tls::make_authority("ada");
    orch::fs::write_atomic(dir.path() / "ca.pem", authority.certificate, 0644);
    orch::fs::write_atomic(dir.path() / "server.pem", "no certificate", 0644);
    machine::AuthOptions auth;
    auth.ca_cert = dir.path() / "ca.pem";
    auth.server_cert = dir.path() / "server.pem";
    CHECK_FALSE(machine::Expiries().earliest(auth));
}

TEST_CASE("expiry: days are counted in full, and are negative after the end") {
    const auto now = system_clock::now();
    CHECK(machine::days_left(now + hours(47), now) == 1);
    CHECK(machine::days_left(now + hours(1), now) == 0);
    CHECK(machine::days_left(now - hours(1), now) == -1);
}
