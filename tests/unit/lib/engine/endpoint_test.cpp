#include "lib/base/error.hpp"
#include "lib/engine/endpoint.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

namespace engine = orch::engine;

using orch::Kind;

namespace {

orch::Error failure_of(const char* text) {
    try {
        engine::parse_endpoint(text, {});
    } catch (const orch::Error& error) {
        return error;
    }
    throw std::logic_error("it was taken");
}

} // namespace

TEST_CASE("endpoint: the forms of DOCKER_HOST") {
    const orch::http::Tls tls{.ca = "ca.pem"};
    const auto parse = [](const char* text) { return engine::parse_endpoint(text, {}); };
    CHECK(
        parse("unix:///var/run/docker.sock") == engine::Endpoint{.socket = "/var/run/docker.sock"}
    );
    CHECK(parse("tcp://10.0.0.7:2376") == engine::Endpoint{.host = "10.0.0.7", .port = 2376});
    CHECK(parse("tcp://10.0.0.7") == engine::Endpoint{.host = "10.0.0.7", .port = 2375});
    CHECK(
        parse("tcp://web1.example.org:1234/") ==
        engine::Endpoint{.host = "web1.example.org", .port = 1234}
    );
    CHECK(parse("http://h:80") == engine::Endpoint{.host = "h", .port = 80});
    CHECK(parse("h:80") == engine::Endpoint{.host = "h", .port = 80});
    CHECK(parse("tcp://[fd00::1]:2376") == engine::Endpoint{.host = "[fd00::1]", .port = 2376});
    CHECK(parse("tcp://[fd00::1]") == engine::Endpoint{.host = "[fd00::1]", .port = 2375});
    CHECK(
        engine::parse_endpoint("tcp://h", tls) ==
        engine::Endpoint{.host = "h", .port = 2376, .tls = tls}
    );
    CHECK(parse("https://h").tls.has_value());
}

TEST_CASE("endpoint: its url is what DOCKER_HOST takes") {
    for (const auto* text : {"unix:///run/d.sock", "tcp://10.0.0.7:2376", "tcp://[fd00::1]:2375"})
        CHECK(engine::parse_endpoint(text, {}).url() == text);
}

TEST_CASE("endpoint: what is no address is refused by name") {
    for (const auto* text :
         {"",
          "unix://relative",
          "unix://",
          "tcp://",
          "tcp://:2375",
          "tcp://h:",
          "tcp://h:0",
          "tcp://h:65536",
          "tcp://h:port",
          "ftp://h",
          "fd00::1",
          "tcp://fd00::1:2375",
          "tcp://user@h:1",
          "a b"}) {
        CAPTURE(text);
        const auto error = failure_of(text);
        CHECK(error.kind() == Kind::invalid);
        CHECK(error.message().find(text) != std::string::npos);
        CHECK_FALSE(error.hint().empty());
    }
    CHECK(failure_of("ssh://me@h").kind() == Kind::unsupported);
    CHECK(failure_of("npipe:////./pipe/docker_engine").kind() == Kind::unsupported);
}
