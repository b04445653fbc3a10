// A real client against the openssl program, with certificates that are wrong in every way.
#include "lib/fs/files.hpp"
#include "lib/http/curl_client.hpp"
#include "lib/tls/certificate.hpp"
#include "machine/tls_check.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/fake_world.hpp"
#include "tests/support/loopback.hpp"
#include "tests/support/redate.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/tls_server.hpp"

#include <doctest/doctest.h>

#include <optional>

namespace machine = orch::machine;
namespace test = orch::test;
namespace tls = orch::tls;

using orch::Error;
using orch::Kind;

namespace {

struct Fixture {
    test::FakeWorld fake;
    orch::http::CurlClient http;
    orch::World world{fake.processes, http, fake.ssh, fake.clock};
    test::TempDir dir;
    machine::Store store{dir.path()};
    orch::drivers::Registry registry{{}};
    machine::Context context{store, registry, world};
    machine::Machine web1;
    tls::Pair authority = tls::make_authority("ada");
    tls::Pair server = tls::make_server(authority, "ada.web1", {"127.0.0.1"}, false);
    tls::Pair client = tls::make_client(authority, "ada.<bootstrap>");
    tls::Pair trusted = authority; // by the engine

    Fixture() {
        web1.name = "web1";
        web1.auth = {
            .ca_cert = dir.path() / "ca.pem",
            .client_cert = dir.path() / "cert.pem",
            .client_key = dir.path() / "key.pem"};
    }

    Error check(const std::vector<std::string>& options = {}) {
        dir.write("ca.pem", authority.certificate);
        dir.write("cert.pem", client.certificate);
        dir.write("key.pem", client.key);
        const test::TlsServer engine(
            dir.write("server.pem", server.certificate),
            dir.write("server-key.pem", server.key),
            dir.write("trusted.pem", trusted.certificate),
            options
        );
        url = "tcp://127.0.0.1:" + engine.port();
        return check_url();
    }

    Error check_url() {
        return test::error_of([&] {
            machine::check_tls(context, web1, url, std::chrono::seconds(10), {});
        });
    }

    std::string url;
};

bool has(const std::string& text, const std::string& part) {
    const bool found = text.find(part) != std::string::npos;
    if (!found)
        MESSAGE("no \"" << part << "\" in: " << text);
    return found;
}

void check_words(const Error& error, const std::string& url) {
    CHECK(error.kind() == Kind::denied);
    CHECK(error.message().starts_with(
        "There was an error validating certificates for host \"" + url.substr(6) + "\": "
    ));
    REQUIRE(error.details().size() == 2);
    CHECK(
        error.details()[0] ==
        "You can attempt to regenerate them using 'orch machine regenerate-certs [name]'."
    );
    CHECK(
        error.details()[1] == "Be advised that this will trigger a Docker daemon restart which "
                              "might stop running containers."
    );
}

} // namespace

TEST_CASE_FIXTURE(Fixture, "tls check: good certificates pass; what answers must be an engine") {
    CHECK(check().kind() == Kind::remote); // openssl answers with a page
}

TEST_CASE_FIXTURE(Fixture, "tls check: an expired server certificate") {
    server = test::redate(server, authority, -1);
    const auto error = check();
    check_words(error, url);
    CHECK(has(error.message(), "the server's certificate has expired"));
    CHECK(error.hint() == "orch machine regenerate-certs web1");
}

TEST_CASE_FIXTURE(Fixture, "tls check: an address that is not in the certificate") {
    server = tls::make_server(authority, "ada.web1", {"192.0.2.7"}, false);
    const auto error = check();
    check_words(error, url);
    CHECK(has(error.message(), "the server's certificate is not valid for 127.0.0.1"));
    CHECK(error.hint() == "orch machine regenerate-certs web1");
}

TEST_CASE_FIXTURE(Fixture, "tls check: a server of another authority") {
    const auto other = tls::make_authority("other");
    server = tls::make_server(other, "ada.web1", {"127.0.0.1"}, false);
    const auto error = check();
    check_words(error, url);
    CHECK(has(error.message(), "signed by an unknown authority"));
    CHECK(error.hint() == "orch machine regenerate-certs web1");
}

TEST_CASE_FIXTURE(
    Fixture, "tls check: an expired client certificate, told by both versions of TLS"
) {
    client = test::redate(client, authority, -1);
    for (const auto* version : {"-tls1_2", "-tls1_3"}) {
        CAPTURE(version);
        const auto error = check({version});
        check_words(error, url);
        CHECK(has(error.message(), "the server refused our client certificate"));
        CHECK(has(error.message(), "; our client certificate cannot be used: it expired on "));
        CHECK(error.hint() == "orch machine regenerate-certs --client-certs web1");
    }
}

TEST_CASE_FIXTURE(Fixture, "tls check: an engine that trusts another authority's clients only") {
    trusted = tls::make_authority("other");
    const auto error = check();
    check_words(error, url);
    CHECK(has(error.message(), "the server refused our client certificate"));
    CHECK(error.hint() == "orch machine regenerate-certs web1");
}

TEST_CASE_FIXTURE(Fixture, "tls check: an expired authority") {
    authority = test::redate(authority, authority, -1);
    const auto error = check();
    check_words(error, url);
    CHECK(has(error.message(), "the certificate authority has expired"));
    CHECK(error.hint() == "orch machine regenerate-certs --client-certs web1");
}

TEST_CASE_FIXTURE(Fixture, "tls check: a key that is not the client certificate's") {
    client.key = tls::make_client(authority, "other").key;
    const auto error = check();
    check_words(error, url);
    CHECK(has(error.message(), "our client certificate does not fit its key"));
}

TEST_CASE_FIXTURE(Fixture, "tls check: a refused connection is no matter of certificates") {
    url = "tcp://127.0.0.1:" + std::to_string(orch::testing::refusing_port());
    dir.write("ca.pem", authority.certificate);
    dir.write("cert.pem", client.certificate);
    dir.write("key.pem", client.key);
    const auto error = check_url();
    CHECK(error.kind() == Kind::network);
    CHECK(has(error.message(), "connection refused"));
    CHECK(error.details().empty());
}

TEST_CASE_FIXTURE(Fixture, "tls check: a host that does not answer is a timeout") {
    const auto silent = orch::testing::listen_on_loopback();
    url = "tcp://127.0.0.1:" + std::to_string(silent.port);
    dir.write("ca.pem", authority.certificate);
    dir.write("cert.pem", client.certificate);
    dir.write("key.pem", client.key);
    const auto error = test::error_of([&] {
        machine::check_tls(context, web1, url, std::chrono::milliseconds(200), {});
    });
    CHECK(error.kind() == Kind::timeout);
}
