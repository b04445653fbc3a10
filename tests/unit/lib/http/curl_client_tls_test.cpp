#include "lib/http/curl_client.hpp"
#include "lib/net/dial.hpp"
#include "lib/tls/certificate.hpp"
#include "tests/support/http_server.hpp"
#include "tests/support/loopback.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/tls_server.hpp"

#include <doctest/doctest.h>

#include <poll.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <thread>

namespace http = orch::http;
namespace test = orch::test;
namespace tls = orch::tls;

using orch::Kind;

namespace {

/// An authority with a server for 127.0.0.1 and a client, as files.
struct Certificates {
    test::TempDir dir;
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

/// Between client and server: the first connection breaks, instead of a word, where the server ends
/// it; later ones are passed on whole.
class BreakingProxy {
  public:
    explicit BreakingProxy(int server_port)
        : listener_(orch::testing::listen_on_loopback()), thread_([this, server_port] {
              for (bool first = true; pass(server_port, first); first = false) {
              }
          }) {}

    ~BreakingProxy() {
        ::shutdown(listener_.fd.get(), SHUT_RDWR);
        thread_.join();
    }

    BreakingProxy(const BreakingProxy&) = delete;
    BreakingProxy& operator=(const BreakingProxy&) = delete;

    [[nodiscard]] int port() const { return listener_.port; }

  private:
    bool pass(int server_port, bool breaking) const {
        pollfd waiting{listener_.fd.get(), POLLIN, 0};
        ::poll(&waiting, 1, -1);
        const orch::Fd client(::accept(listener_.fd.get(), nullptr, nullptr));
        if (!client)
            return false;
        const orch::Fd server =
            orch::net::dial("127.0.0.1", server_port, std::chrono::seconds(5), {});
        exchange(client, server, breaking);
        if (breaking) {
            const linger at_once{1, 0};
            ::setsockopt(client.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        }
        return true;
    }

    static void exchange(const orch::Fd& client, const orch::Fd& server, bool breaking) {
        char buffer[16384];
        for (int from_client = 0;;) {
            pollfd ends[2]{{client.get(), POLLIN, 0}, {server.get(), POLLIN, 0}};
            ::poll(ends, 2, 5000);
            const bool forth = ends[0].revents != 0;
            from_client += forth ? 1 : 0;
            if (!forth && breaking && from_client > 1)
                return; // the handshake is over: this is the refusal
            const auto size = ::read(forth ? client.get() : server.get(), buffer, sizeof buffer);
            if (size <= 0 ||
                ::write(forth ? server.get() : client.get(), buffer, static_cast<size_t>(size)) !=
                    size)
                return;
        }
    }

    orch::testing::Listener listener_;
    std::thread thread_;
};

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

TEST_CASE("curl client, tls: a refusal that got lost in a broken connection is found out") {
    const Certificates certificates;
    const auto server = certificates.serve("server", true);

    SUBCASE("when the server refuses us") {
        certificates.write("client", tls::make_client(tls::make_authority("stranger"), "stranger"));
        const BreakingProxy proxy(std::stoi(server.port()));
        const auto error = failure_of(
            {.url = "https://127.0.0.1:" + std::to_string(proxy.port()), .tls = certificates.client}
        );
        CHECK(error.kind() == Kind::denied);
        CHECK(error.cause().starts_with("the server refused our client certificate ("));
    }
    SUBCASE("not when it would take us") {
        const BreakingProxy proxy(std::stoi(server.port()));
        const auto error = failure_of(
            {.url = "https://127.0.0.1:" + std::to_string(proxy.port()), .tls = certificates.client}
        );
        CHECK(error.kind() == Kind::network);
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
