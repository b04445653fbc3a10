#include "lib/base/error.hpp"
#include "lib/fs/files.hpp"
#include "lib/process/system_runner.hpp"
#include "lib/tls/certificate.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace tls = orch::tls;
using std::chrono::hours;
using std::chrono::system_clock;

namespace {

const auto day = hours(24);

bool names(const tls::Info& info, const std::string& host) {
    return std::find(info.hosts.begin(), info.hosts.end(), host) != info.hosts.end();
}

/// What the openssl program, another reader of the same formats, says.
orch::process::Outcome openssl(std::vector<std::string> words) {
    words.insert(words.begin(), "openssl");
    orch::process::SystemRunner runner;
    return runner.run({.argv = words, .timeout = std::chrono::seconds(30)}, {});
}

} // namespace

TEST_CASE("certificate: an authority is valid for ten years and nothing but an authority") {
    const auto authority = tls::make_authority("ada");
    const auto info = tls::inspect(authority.certificate, "ca.pem");
    CHECK(info.is_authority);
    CHECK(info.subject == "O=ada");
    CHECK(info.not_before < system_clock::now());
    CHECK(info.not_after > system_clock::now() + 3649 * day);
    CHECK(tls::match(authority));
}

TEST_CASE("certificate: a server is known by every address and name, and signed for 825 days") {
    const auto authority = tls::make_authority("ada");
    const auto server = tls::make_server(
        authority, "ada.web1", {"192.0.2.7", "fd00::1", "[fd00::2]", "web1.example.org"}, false
    );
    const auto info = tls::inspect(server.certificate, "server.pem");
    for (const auto* host : {"192.0.2.7", "fd00::1", "fd00::2", "web1.example.org"}) {
        CAPTURE(host);
        CHECK(names(info, host));
    }
    CHECK(info.server_auth);
    CHECK_FALSE(info.client_auth);
    CHECK_FALSE(info.is_authority);
    const auto now = system_clock::now();
    CHECK(tls::why_untrusted(server.certificate, authority.certificate, now).empty());
    CHECK(tls::why_untrusted(server.certificate, authority.certificate, now + 826 * day)
              .starts_with("it expired on "));
    CHECK(tls::why_untrusted(server.certificate, authority.certificate, now - day)
              .starts_with("it is not valid before "));
}

TEST_CASE("certificate: a swarm master's server certificate is a client's as well") {
    const auto authority = tls::make_authority("ada");
    const auto server = tls::make_server(authority, "ada.m", {"192.0.2.7"}, true);
    CHECK(tls::inspect(server.certificate, "server.pem").client_auth);
}

TEST_CASE("certificate: one host cannot smuggle in another") {
    const auto authority = tls::make_authority("ada");
    for (const auto* host : {"a.example,IP:6.6.6.6", "", "a b", "a\nb"}) {
        CAPTURE(host);
        CHECK_THROWS_AS(tls::make_server(authority, "ada.x", {host}, false), orch::Error);
    }
}

TEST_CASE("certificate: strangers and mere leaves are not trusted") {
    const auto authority = tls::make_authority("ada");
    const auto other = tls::make_authority("eve");
    const auto client = tls::make_client(authority, "ada.<bootstrap>");
    const auto now = system_clock::now();
    CHECK(
        tls::why_untrusted(client.certificate, other.certificate, now) ==
        "it was signed by another authority"
    );
    const auto forged = tls::make_server(client, "eve", {"192.0.2.9"}, false);
    CHECK(
        tls::why_untrusted(forged.certificate, client.certificate, now) ==
        "what signed it is no authority"
    );
    CHECK_FALSE(tls::match({client.certificate, other.key}));
}

TEST_CASE("certificate: the openssl program accepts the whole chain, strictly") {
    const orch::test::TempDir dir;
    const auto authority = tls::make_authority("ada");
    const auto server = tls::make_server(authority, "ada.web1", {"192.0.2.7"}, true);
    const auto client = tls::make_client(authority, "ada.<bootstrap>");
    orch::fs::write_atomic(dir / "ca.pem", authority.certificate, 0644);
    orch::fs::write_atomic(dir / "server.pem", server.certificate, 0644);
    orch::fs::write_atomic(dir / "cert.pem", client.certificate, 0644);
    const std::pair<std::string, std::string> uses[] = {
        {"server.pem", "sslserver"}, {"cert.pem", "sslclient"}};
    for (const auto& use : uses) {
        const auto& [file, purpose] = use;
        CAPTURE(use.first); // a name of a structured binding is not captured by clang 14
        const auto outcome = openssl(
            {"verify", "-x509_strict", "-purpose", purpose, "-CAfile", dir / "ca.pem", dir / file}
        );
        CHECK(outcome.code == 0);
        CAPTURE(outcome.err);
    }
}

TEST_CASE("certificate: an old RSA authority without key identifiers signs as well") {
    const orch::test::TempDir dir;
    const auto made = openssl(
        {"req",
         "-x509",
         "-newkey",
         "rsa:2048",
         "-nodes",
         "-days",
         "30",
         "-subj",
         "/O=ada",
         "-keyout",
         dir / "key.pem",
         "-out",
         dir / "ca.pem",
         "-addext",
         "subjectKeyIdentifier=none"}
    );
    CAPTURE(made.err);
    REQUIRE(made.code == 0);
    const auto rsa =
        openssl({"rsa", "-in", dir / "key.pem", "-traditional"}); // PKCS#1, as docker-machine
    const tls::Pair authority{orch::fs::read_file(dir / "ca.pem"), rsa.out};
    CHECK(tls::match(authority));
    const auto client = tls::make_client(authority, "ada.<bootstrap>");
    CHECK(tls::why_untrusted(client.certificate, authority.certificate, system_clock::now()).empty()
    );
}

TEST_CASE("certificate: what is no certificate is named") {
    CHECK_THROWS_WITH_AS(
        tls::inspect("garbage", "/x/ca.pem"),
        "/x/ca.pem holds no certificate in PEM form",
        orch::Error
    );
}
