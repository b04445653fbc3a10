#include "lib/http/curl_client.hpp"
#include "lib/tls/certificate.hpp"
#include "tests/support/http_server.hpp"
#include "tests/support/scratch_dir.hpp"
#include "tests/support/tls_server.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

namespace http = orch::http;
namespace test = orch::test;
namespace tls = orch::tls;

using orch::Kind;

namespace {

/// An authority with a server for 127.0.0.1 and a client, as files.
struct Certificates {
    test::ScratchDir dir;
    tls::Pair authority = tls::make_authority("lab");
    http::Tls client{
        .ca = dir.write("ca.pem", authority.certificate),
        .cert = dir.path() / "client.pem",
        .key = dir.path() / "client-key.pem"};

    Certificates() {
        write("client", tls::make_client(authority, "lab.client"));
        write("server", tls::make_server(authority, "lab.server", {"127.0.0.1"}, false));
    }

    void write(const std::string& name, const tls::Pair& pair) const {
        dir.write(name + ".pem", pair.certificate);
        dir.write(name + "-key.pem", pair.key);
    }

    [[nodiscard]] test::TlsServer serve(const std::string& name, bool verify_clients) const {
        return {
            dir.path() / (name + ".pem"),
            dir.path() / (name + "-key.pem"),
            verify_clients ? dir.path() / "ca.pem" : std::filesystem::path()};
    }

    /// A server certificate of the authority that ended yesterday.
    void write_expired() const {
        const auto at = [&](const char* name) { return (dir.path() / name).string(); };
        dir.write("ca-key.pem", authority.key);
        dir.write("names", "subjectAltName=IP:127.0.0.1\n");
        test::openssl(
            {"req",
             "-new",
             "-newkey",
             "ec",
             "-pkeyopt",
             "ec_paramgen_curve:P-256",
             "-nodes",
             "-subj",
             "/O=lab",
             "-keyout",
             at("expired-key.pem"),
             "-out",
             at("expired.csr")}
        );
        test::openssl(
            {"x509",
             "-req",
             "-in",
             at("expired.csr"),
             "-CA",
             at("ca.pem"),
             "-CAkey",
             at("ca-key.pem"),
             "-days",
             "-1",
             "-extfile",
             at("names"),
             "-out",
             at("expired.pem")}
        );
    }
};

http::Request request(const test::TlsServer& server, const http::Tls& tls) {
    return {.url = "https://127.0.0.1:" + server.port() + "/", .tls = tls};
}

http::NoAnswer failure_of(const http::Request& request) {
    http::CurlClient client;
    try {
        client.send(request, {});
    } catch (const http::NoAnswer& error) {
        return error;
    }
    throw std::logic_error("an answer came");
}

} // namespace

TEST_CASE("curl client, tls: both sides show certificates of an own authority") {
    const Certificates certificates;
    const auto server = certificates.serve("server", true);
    http::CurlClient client;
    CHECK(client.send(request(server, certificates.client), {}).status == 200);
}

TEST_CASE("curl client, tls: a server of another authority is refused") {
    const Certificates certificates;
    const auto server = certificates.serve("server", false);

    SUBCASE("one with another name") {
        auto other = certificates.client;
        other.ca = certificates.dir.write("other.pem", tls::make_authority("other").certificate);
        const auto error = failure_of(request(server, other));
        CHECK(error.kind() == Kind::denied);
        CHECK(error.cause() == "the server's certificate was signed by an unknown authority");
    }
    SUBCASE("one of the same name") {
        auto other = certificates.client;
        other.ca = certificates.dir.write("other.pem", tls::make_authority("lab").certificate);
        const auto error = failure_of(request(server, other));
        CHECK(error.cause() == "the server's certificate was signed by an unknown authority");
    }
    SUBCASE("unless nothing is to be verified") {
        auto careless = certificates.client;
        careless.ca = certificates.dir.write("other.pem", tls::make_authority("o").certificate);
        careless.verify = false;
        http::CurlClient client;
        CHECK(client.send(request(server, careless), {}).status == 200);
    }
}

TEST_CASE("curl client, tls: a certificate for another name is refused") {
    const Certificates certificates;
    certificates.write(
        "elsewhere", tls::make_server(certificates.authority, "lab.server", {"10.0.0.7"}, false)
    );
    const auto server = certificates.serve("elsewhere", false);
    const auto error = failure_of(request(server, certificates.client));
    CHECK(error.kind() == Kind::denied);
    CHECK(error.cause() == "the server's certificate is not valid for 127.0.0.1");
}

TEST_CASE("curl client, tls: an expired certificate is called expired") {
    const Certificates certificates;
    certificates.write_expired();
    const auto server = certificates.serve("expired", false);
    const auto error = failure_of(request(server, certificates.client));
    CHECK(error.kind() == Kind::denied);
    CHECK(error.cause() == "the server's certificate has expired");
}

TEST_CASE("curl client, tls: a server that refuses our certificate is told from a broken one") {
    const Certificates certificates;
    const auto stranger = tls::make_client(tls::make_authority("stranger"), "stranger");
    certificates.write("client", stranger);
    const auto text = [](const http::NoAnswer& error) {
        return error.cause().substr(0, error.cause().find(" ("));
    };

    SUBCASE("with TLS 1.3, after the handshake") {
        const auto server = certificates.serve("server", true);
        const auto error = failure_of(request(server, certificates.client));
        CHECK(error.kind() == Kind::denied);
        CHECK(text(error) == "the server refused our client certificate");
    }
    SUBCASE("with TLS 1.2, in the handshake") {
        const test::TlsServer server(
            certificates.dir.path() / "server.pem",
            certificates.dir.path() / "server-key.pem",
            certificates.dir.path() / "ca.pem",
            {"-tls1_2"}
        );
        const auto error = failure_of(request(server, certificates.client));
        CHECK(error.kind() == Kind::denied);
        CHECK(text(error) == "the server refused our client certificate");
    }
    SUBCASE("when we have none") {
        const auto server = certificates.serve("server", true);
        const auto error = failure_of(request(server, {.ca = certificates.client.ca}));
        CHECK(error.kind() == Kind::denied);
        CHECK(text(error) == "the server refused our client certificate");
    }
}

TEST_CASE("curl client, tls: files that are no certificates are named as the cause") {
    const Certificates certificates;
    const auto server = certificates.serve("server", false);
    auto broken = certificates.client;
    broken.cert = certificates.dir.write("broken.pem", "no certificate");
    const auto error = failure_of(request(server, broken));
    CHECK(error.kind() == Kind::denied);
    CHECK(error.cause().starts_with("the certificate files cannot be used"));
}

TEST_CASE("curl client, tls: a server without TLS is recognised") {
    const Certificates certificates;
    test::HttpServer plain([](test::Conversation&) {});
    const auto error = failure_of(
        {.url = "https://127.0.0.1:" + std::to_string(plain.port()), .tls = certificates.client}
    );
    CHECK(error.kind() == Kind::network);
    CHECK(error.cause() == "the server does not speak TLS on that port");
}

TEST_CASE("curl client, tls: older versions than 1.2 are not spoken") {
    const Certificates certificates;
    const test::TlsServer server(
        certificates.dir.path() / "server.pem",
        certificates.dir.path() / "server-key.pem",
        {},
        {"-tls1_1", "-cipher", "ALL:@SECLEVEL=0"}
    );
    CHECK(failure_of(request(server, certificates.client)).kind() == Kind::network);
}
