#include "lib/ssh/client_config.hpp"
#include "lib/ssh/command_line.hpp"
#include "lib/ssh/key.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <filesystem>

namespace ssh = orch::ssh;

using orch::Kind;
using orch::test::error_of;

TEST_CASE("ssh config: a block leads to the address; names with spaces are in quotes") {
    CHECK(
        ssh::config_block(
            "web1",
            {.host = "[2001:db8::1]",
             .port = 2222,
             .user = "ada",
             .key = "/my keys/id",
             .known_hosts = "/s/100%/known_hosts"}
        ) == "Host web1\n"
             "  HostName 2001:db8::1\n"
             "  User ada\n"
             "  Port 2222\n"
             "  IdentityFile \"/my keys/id\"\n"
             "  IdentitiesOnly yes\n"
             "  UserKnownHostsFile /s/100%%/known_hosts\n"
             "  StrictHostKeyChecking accept-new\n"
             "  PasswordAuthentication no\n"
             "  LogLevel ERROR\n"
    );
    CHECK(ssh::config_block("web1", {.host = "h"}).find("Identit") == std::string::npos);
}

TEST_CASE("ssh words: a command, with or without options in front") {
    CHECK(ssh::parse_client_words({}).line.empty());
    CHECK(ssh::parse_client_words({"echo", "foo"}).line == "echo foo");
    CHECK(ssh::parse_client_words({"-C", "echo", "foo"}).line == "echo foo");
    CHECK(ssh::parse_client_words({"--", "ls", "-lah", "/"}).line == "ls -lah /");
    CHECK(ssh::parse_client_words({"ls", "-l", "--", "x"}).line == "ls -l -- x");
    const auto both = ssh::parse_client_words({"-tq", "-n", "top"});
    CHECK(both.force_terminal);
    CHECK(both.no_input);
    CHECK_FALSE(both.no_terminal);
    CHECK(both.line == "top");
    for (const char* option : {"-L", "-D", "-tL", "-o"}) {
        CAPTURE(option);
        CHECK(error_of([&] {
                  return ssh::parse_client_words({option, "x"});
              }).kind() == Kind::unsupported);
    }
}

TEST_CASE("ssh key: nobody else may read it") {
    const orch::test::TempDir dir;
    const auto key = dir.write("id", "a key");
    namespace fs = std::filesystem;
    fs::permissions(key, fs::perms(0600));
    ssh::require_private(key);
    fs::permissions(key, fs::perms(0644));
    const auto open = error_of([&] { ssh::require_private(key); });
    CHECK(open.kind() == Kind::denied);
    CHECK(open.message() == "permissions 0644 for '" + key.string() + "' are too open");
    CHECK(open.hint() == "chmod 600 " + key.string());
    fs::permissions(key, fs::perms(0200));
    CHECK(error_of([&] {
              ssh::require_private(key);
          }).message() == "'" + key.string() + "' is not readable");
    CHECK(error_of([&] {
              ssh::require_private(dir.path() / "nosuch");
          }).message() == "'" + (dir.path() / "nosuch").string() + "' is not readable");
}
