#include "machine/copy.hpp"
#include "tests/support/error_of.hpp"

#include <doctest/doctest.h>

namespace machine = orch::machine;

using machine::CopyEnd;
using machine::parse_copy_end;
using Words = std::vector<std::string>;

namespace {

Words scp(
    const std::string& from, const std::string& to, bool recursive = false, bool quiet = false
) {
    return machine::copy_argv(
        {.from = parse_copy_end(from),
         .to = parse_copy_end(to),
         .recursive = recursive,
         .quiet = quiet},
        "/c"
    );
}

Words rsync(
    const std::string& from, const std::string& to, bool recursive = false, bool quiet = false
) {
    return machine::copy_argv(
        {.from = parse_copy_end(from),
         .to = parse_copy_end(to),
         .recursive = recursive,
         .delta = true,
         .quiet = quiet},
        "/c"
    );
}

} // namespace

TEST_CASE("copy: the forms of a path") {
    CHECK(parse_copy_end("a/b") == CopyEnd{.path = "a/b"});
    CHECK(parse_copy_end("localhost:/a") == CopyEnd{.path = "/a"});
    CHECK(parse_copy_end("web1:/a") == CopyEnd{.machine = "web1", .path = "/a"});
    CHECK(parse_copy_end("web1:") == CopyEnd{.machine = "web1", .path = ""});
    CHECK(
        parse_copy_end("ada@web1:b:c") == CopyEnd{.machine = "web1", .user = "ada", .path = "b:c"}
    );
    CHECK(parse_copy_end("./a:b") == CopyEnd{.path = "./a:b"});
    CHECK(parse_copy_end("/tmp/a:b") == CopyEnd{.path = "/tmp/a:b"});
}

TEST_CASE("copy: scp in each direction") {
    CHECK(scp("f", "web1:f") == Words{"scp", "-F", "/c", "--", "f", "web1:f"});
    CHECK(
        scp("ada@web1:/d", "localhost:.", true, true) ==
        Words{"scp", "-F", "/c", "-r", "-q", "--", "ada@web1:/d", "."}
    );
    CHECK(
        scp("web1:a", "ada@web2:b") == Words{"scp", "-F", "/c", "-3", "--", "web1:a", "ada@web2:b"}
    );
    CHECK(scp("localhost:-r", "localhost:x:y") == Words{"scp", "-F", "/c", "--", "./-r", "./x:y"});
}

TEST_CASE("copy: rsync, but not between machines") {
    CHECK(
        rsync("d", "web1:d", true) ==
        Words{"rsync", "--progress", "-e", "ssh -F /c", "-r", "--", "d", "web1:d"}
    );
    CHECK(
        rsync("web1:f", "f", false, true) == Words{"rsync", "-e", "ssh -F /c", "--", "web1:f", "f"}
    );
    CHECK(orch::test::error_of([] {
              return rsync("web1:f", "web2:f");
          }).kind() == orch::Kind::unsupported);
}

TEST_CASE("mount: the machine and the mount point that are meant") {
    CHECK(
        machine::parse_mount("ada@web1:/srv", "/mnt") ==
        machine::Mount{{.machine = "web1", .user = "ada", .path = "/srv"}, "/mnt"}
    );
    CHECK(machine::parse_mount("web1:/srv", "").mount_point == "/srv");
    CHECK(
        machine::parse_mount("/srv", "") ==
        machine::Mount{{.machine = "default", .path = "/srv"}, "/srv"}
    );
}

TEST_CASE("mount: sshfs gets all that leads to the machine, its commas hidden") {
    const orch::ssh::Address address{
        .host = "192.0.2.7",
        .port = 2222,
        .user = "root",
        .key = "/a,b/id rsa",
        .known_hosts = "/s/known_hosts"};
    const auto argv = machine::mount_argv(machine::parse_mount("web1:/srv", "/mnt"), address);
    const Words expected{
        "sshfs",
        "-o",
        "StrictHostKeyChecking=accept-new",
        "-o",
        "UserKnownHostsFile=/s/known_hosts",
        "-o",
        "LogLevel=ERROR",
        "-o",
        "PasswordAuthentication=no",
        "-o",
        "IdentitiesOnly=yes",
        "-o",
        "IdentityFile=\"/a\\,b/id rsa\"",
        "-o",
        "Port=2222",
        "root@192.0.2.7:/srv",
        "/mnt"};
    CHECK(argv == expected);
    CHECK(machine::unmount_argv("umount", "/mnt") == Words{"umount", "/mnt"});
    CHECK(machine::unmount_argv("fusermount3", "/mnt") == Words{"fusermount3", "-u", "/mnt"});
}
