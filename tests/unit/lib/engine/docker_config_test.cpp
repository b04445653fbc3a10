#include "lib/base/base64.hpp"
#include "lib/base/error.hpp"
#include "lib/engine/docker_config.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <functional>
#include <string>

namespace engine = orch::engine;
namespace process = orch::process;
namespace test = orch::test;

using Json = nlohmann::json;

namespace {

/// Programs made of one function.
struct Programs : process::Runner {
    std::function<process::Outcome(const process::Command&)> handler;

    process::Outcome run(const process::Command& command, const std::stop_token&) override {
        if (!handler)
            throw orch::Error(orch::Kind::not_found, "no such program: {}", command.argv[0]);
        return handler(command);
    }

    int run_attached(const process::Command&) override { return 1; }
};

struct Fixture {
    test::TempDir dir;
    Programs programs;

    engine::DockerConfig read(const std::string& content, const char* name = "config.json") {
        return {{dir.path() / "missing", dir.write(name, content)}, programs};
    }

    /// What the header says; null if there is none.
    static Json decoded(const std::string& header) {
        return header.empty() ? Json() : Json::parse(orch::base64::decode(header));
    }

    Json auth(const engine::DockerConfig& config, const std::string& reference) {
        return decoded(config.auth_for(reference, {}));
    }
};

constexpr auto with_auths = R"({"auths": {
    "https://index.docker.io/v1/": {"auth": "aHViOnNlY3JldA=="},
    "https://host:5000/v2/": {"auth": "bWU6YTpi", "email": "me@x"},
    "token.example": {"auth": "bWU6YTpi", "identitytoken": "tok"},
    "plain.example": {"username": "u", "password": "p"},
    "broken.example": {"auth": "bm9jb2xvbg=="},
    "empty.example": {}}})";

} // namespace

TEST_CASE("docker config: the registry of an image") {
    CHECK(engine::registry_of("redis") == "https://index.docker.io/v1/");
    CHECK(engine::registry_of("me/redis:7") == "https://index.docker.io/v1/");
    CHECK(engine::registry_of("docker.io/me/redis") == "https://index.docker.io/v1/");
    CHECK(engine::registry_of("localhost/redis") == "localhost");
    CHECK(engine::registry_of("host:5000/a/b@sha256:0") == "host:5000");
    CHECK(engine::registry_of("quay.io/a") == "quay.io");
}

TEST_CASE_FIXTURE(Fixture, "docker config: credentials that the file itself holds") {
    const auto config = read(with_auths);
    const Json hub{
        {"username", "hub"},
        {"password", "secret"},
        {"email", ""},
        {"serveraddress", "https://index.docker.io/v1/"}};
    CHECK(auth(config, "redis") == hub);
    const Json host{
        {"username", "me"}, {"password", "a:b"}, {"email", "me@x"}, {"serveraddress", "host:5000"}};
    CHECK(auth(config, "host:5000/a:1") == host);
    CHECK(auth(config, "token.example/a")["identitytoken"] == "tok");
    CHECK_FALSE(auth(config, "token.example/a").contains("password"));
    CHECK(auth(config, "plain.example/a")["password"] == "p");
    CHECK(auth(config, "empty.example/a").is_null());
    CHECK(auth(config, "unknown.example/a").is_null());
}

TEST_CASE_FIXTURE(Fixture, "docker config: what cannot be read is named, but not shown") {
    const auto config = read(with_auths);
    CHECK_THROWS_WITH_AS(
        auth(config, "broken.example/a"),
        doctest::Contains("config.json: the entry of broken.example is not"),
        orch::Error
    );
    CHECK_THROWS_AS(read("[]"), orch::Error);
    CHECK_THROWS_AS(read("{\"auths\": "), orch::Error);
    CHECK(auth(read(""), "redis").is_null());
    CHECK(auth(engine::DockerConfig({dir.path() / "no"}, programs), "redis").is_null());
}

TEST_CASE_FIXTURE(Fixture, "docker config: both formats of .dockercfg") {
    const auto json = read(R"({"https://index.docker.io/v1/": {"auth": "YTpi"}})", ".dockercfg");
    CHECK(auth(json, "redis")["username"] == "a");
    const auto lines = read("auth = YTpi\nemail = me@x\n", ".dockercfg");
    CHECK(auth(lines, "redis")["password"] == "b");
    CHECK(auth(lines, "redis")["email"] == "me@x");
}

TEST_CASE_FIXTURE(Fixture, "docker config: a helper is asked first, then the file") {
    const auto config = read(R"({
        "auths": {"host:5000": {"auth": "YTpi"}},
        "credHelpers": {"special.example": "two"},
        "credsStore": "one"})");
    programs.handler = [](const process::Command& command) -> process::Outcome {
        CHECK(command.timeout.count() > 0);
        CHECK(command.argv[1] == "get");
        if (command.argv[0] == "docker-credential-two")
            return {0, R"({"ServerURL": "x", "Username": "<token>", "Secret": "tok"})", ""};
        CHECK(command.argv[0] == "docker-credential-one");
        if (command.input == "https://index.docker.io/v1/")
            return {0, R"({"ServerURL": "x", "Username": "u", "Secret": "s"})", ""};
        return {1, "credentials not found in native keychain\n", ""};
    };
    CHECK(auth(config, "redis")["password"] == "s");
    CHECK(auth(config, "special.example/a")["identitytoken"] == "tok");
    CHECK(auth(config, "host:5000/a")["password"] == "b");
    CHECK(auth(config, "other.example/a").is_null());
}

TEST_CASE_FIXTURE(Fixture, "docker config: a helper that is missing or fails is named") {
    const auto config = read(R"({"credsStore": "desktop"})");
    CHECK_THROWS_WITH_AS(
        auth(config, "redis"),
        "the credential helper docker-credential-desktop is not on PATH",
        orch::Error
    );
    programs.handler = [](const process::Command&) -> process::Outcome {
        return {2, "", "the keychain is locked\n"};
    };
    CHECK_THROWS_WITH_AS(
        auth(config, "redis"), doctest::Contains(": the keychain is locked"), orch::Error
    );
    programs.handler = [](const process::Command&) -> process::Outcome {
        return {0, "my-secret", ""};
    };
    try {
        auth(config, "redis");
        FAIL("it was taken");
    } catch (const orch::Error& error) {
        CHECK(error.message().find("no answer in JSON") != std::string::npos);
        CHECK(error.message().find("my-secret") == std::string::npos);
    }
    programs.handler = [](const process::Command&) -> process::Outcome {
        throw orch::Error(orch::Kind::timeout, "too long");
    };
    CHECK_THROWS_WITH_AS(auth(config, "redis"), doctest::Contains("within 30 s"), orch::Error);
}

TEST_CASE_FIXTURE(Fixture, "docker config: a build gets the credentials of every registry") {
    const auto config = read(R"({
        "auths": {"host:5000": {"auth": "YTpi"}, "stored.example": {}},
        "credHelpers": {"special.example": "two"},
        "credsStore": "one"})");
    programs.handler = [](const process::Command& command) -> process::Outcome {
        if (command.argv[1] == "list")
            return {0, R"({"stored.example": "u"})", ""};
        if (command.input == "stored.example" || command.input == "special.example")
            return {0, R"({"Username": "u", "Secret": "s"})", ""};
        return {1, "credentials not found in native keychain", ""};
    };
    const auto all = decoded(config.auth_for_all({}));
    CHECK(all.size() == 3);
    CHECK(all["host:5000"]["password"] == "b");
    CHECK(all["stored.example"]["password"] == "s");
    CHECK(all["special.example"]["password"] == "s");
    CHECK(read("{}").auth_for_all({}).empty());
}

TEST_CASE_FIXTURE(Fixture, "docker config: proxies of this engine, else the default ones") {
    const auto config = read(R"({"proxies": {
        "default": {"httpProxy": "http://p", "noProxy": "a,b", "other": "x"},
        "tcp://one:2376": {"ftpProxy": "ftp://q"}}})");
    const std::map<std::string, std::string> usual{
        {"HTTP_PROXY", "http://p"},
        {"http_proxy", "http://p"},
        {"NO_PROXY", "a,b"},
        {"no_proxy", "a,b"}};
    CHECK(config.proxies("unix:///var/run/docker.sock") == usual);
    CHECK(config.proxies("tcp://one:2376").at("ftp_proxy") == "ftp://q");
    CHECK(config.proxies("tcp://one:2376").size() == 2);
    CHECK(read("{}").proxies("x").empty());
}
