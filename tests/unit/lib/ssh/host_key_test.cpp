#include "lib/ssh/host_key.hpp"
#include "lib/ssh/wire.hpp"

#include <doctest/doctest.h>

namespace ssh = orch::ssh;

TEST_CASE("ssh: pinned keys are found by host and port") {
    const std::string text = "# comment\n"
                             "\n"
                             "example.com,10.0.0.1 ssh-ed25519 AAAA first\n"
                             "[example.com]:2222 ssh-rsa BBBB\n"
                             "|1|hashed|name= ssh-ed25519 CCCC\n"
                             "@revoked example.com ssh-ed25519 DDDD\n"
                             "example.com ecdsa-sha2-nistp256 EEEE\n"
                             "example.com ssh-ed25519 not*base64\n";
    const auto at22 = ssh::pinned_keys(text, {.host = "Example.com"});
    REQUIRE(at22.size() == 2);
    CHECK(at22[0] == ssh::HostKey{"ssh-ed25519", *ssh::base64_decode("AAAA"), 3});
    CHECK(at22[1] == ssh::HostKey{"ecdsa-sha2-nistp256", *ssh::base64_decode("EEEE"), 7});
    CHECK(ssh::pinned_keys(text, {.host = "10.0.0.1"}).size() == 1);
    CHECK(ssh::pinned_keys(text, {.host = "example.com", .port = 2222}).front().line == 4);
    CHECK(ssh::pinned_keys(text, {.host = "example.org"}).empty());
}

TEST_CASE("ssh: host key names follow known_hosts") {
    CHECK(ssh::host_key_name({.host = "Host"}) == "host");
    CHECK(ssh::host_key_name({.host = "host", .port = 23}) == "[host]:23");
    CHECK(ssh::host_key_name({.host = "[::1]"}) == "::1");
    CHECK(ssh::host_key_name({.host = "::1", .port = 23}) == "[::1]:23");
}

TEST_CASE("ssh: base64 and wire strings come back as they were") {
    for (const std::string bytes : {"", "a", "ab", "abc", "abcd"})
        CHECK(ssh::base64_decode(ssh::base64_encode(bytes)) == bytes);
    CHECK_FALSE(ssh::base64_decode("a*bc"));
    const auto packed = ssh::wire_string("one") + ssh::wire_string("");
    std::string_view rest = packed;
    CHECK(ssh::take_wire_string(rest) == "one");
    CHECK(ssh::take_wire_string(rest) == "");
    CHECK_FALSE(ssh::take_wire_string(rest));
    rest = std::string_view("\xff\xff\xff\xff...", 7);
    CHECK_FALSE(ssh::take_wire_string(rest));
}
