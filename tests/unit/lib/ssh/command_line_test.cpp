#include "lib/base/text.hpp"
#include "lib/ssh/command_line.hpp"

#include <doctest/doctest.h>

namespace ssh = orch::ssh;
namespace text = orch::text;

TEST_CASE("ssh: the command line of the system's ssh is complete") {
    CHECK(
        text::join(
            ssh::system_ssh_argv(
                {.host = "h", .port = 2222, .user = "u", .key = "/k", .known_hosts = "/kh"}, {"-t"}
            ),
            " "
        ) == "ssh -F /dev/null -o ConnectionAttempts=3 -o ConnectTimeout=10 -o LogLevel=ERROR "
             "-o PasswordAuthentication=no -o ServerAliveInterval=60 "
             "-o StrictHostKeyChecking=accept-new -o UserKnownHostsFile=/kh "
             "-o IdentitiesOnly=yes -i /k -t u@h -p 2222"
    );
}

TEST_CASE("ssh: a command line without key and known hosts leaves them out") {
    const auto line = text::join(ssh::system_ssh_argv({.host = "[::1]"}), " ");
    CHECK(line.find("IdentitiesOnly") == std::string::npos);
    CHECK(line.find("UserKnownHostsFile=/dev/null") != std::string::npos);
    CHECK(line.ends_with(" root@::1 -p 22"));
}

TEST_CASE("ssh: file names with spaces and percent signs survive ssh's own reading") {
    const auto line =
        text::join(ssh::system_ssh_argv({.host = "h", .known_hosts = "/a b/%h"}), " ");
    CHECK(line.find("UserKnownHostsFile=\"/a b/%%h\"") != std::string::npos);
}
