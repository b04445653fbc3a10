// The SSH family of verbs against a real sshd, with both clients.
#include "tests/cli/scratch.hpp"
#include "tests/support/pty.hpp"
#include "tests/support/ssh_server.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>

namespace orch::test {

namespace {

namespace fs = std::filesystem;

/// A machine "web1" of driver generic that is this computer.
class Site {
  public:
    Site() {
        const auto address = server_.address();
        const auto dir = fs::path(scratch_.path("store")) / "machines" / "web1";
        fs::create_directories(dir);
        fs::copy_file(address.key, dir / "id");
        fs::permissions(dir / "id", fs::perms(0600));
        std::ofstream(dir / "config.json") << fmt::format(
            R"({{"ConfigVersion": 3, "Name": "web1", "DriverName": "generic",
                 "Driver": {{"IPAddress": "{}", "MachineName": "web1", "SSHUser": "{}",
                             "SSHPort": {}, "SSHKeyPath": "{}", "StorePath": "{}"}}}})",
            address.host,
            address.user,
            address.port,
            (dir / "id").string(),
            scratch_.path("store")
        );
    }

    struct Ended {
        int code;
        std::string out;
        std::string err;
    };

    /// `line` is words for a shell, in which "orch machine" is spelled "m".
    [[nodiscard]] Ended run(const std::string& line) const {
        const int code = scratch_.shell(fmt::format(
            "m() {{ orch machine -s {} \"$@\"; }}; cd {}; ({}) > out 2> err",
            scratch_.path("store"),
            scratch_.path(""),
            line
        ));
        return {code, read("out"), read("err")};
    }

    [[nodiscard]] std::string read(const std::string& name) const {
        std::ifstream file(scratch_.path(name), std::ios::binary);
        return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    }

    Scratch scratch_;
    testing::SshServer server_;
};

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("machine ssh: both clients give streams and codes alike") {
    const Site site;
    for (const auto* ssh : {"m ssh", "m --native-ssh ssh"}) {
        CAPTURE(ssh);
        const auto run = [&](const std::string& words) {
            return site.run(std::string(ssh) + " web1 " + words);
        };
        CHECK(run("echo foo").out == "foo\n");
        CHECK(run("-C echo foo").out == "foo\n");
        CHECK(has(run("-- ls -lah /").out, "total"));
        CHECK(run("exit 7").code == 7);
        const auto both = run("\"echo out; echo err >&2\"");
        CHECK(both.out == "out\n");
        CHECK(both.err == "err\n");
        CHECK(site.run("echo in | " + std::string(ssh) + " web1 cat").out == "in\n");
    }
}

TEST_CASE("machine ssh: MACHINE_NATIVE_SSH chooses the built-in client") {
    const Site site;
    const auto native = site.run("export MACHINE_NATIVE_SSH=true; m ssh web1 -L 1:2:3 true");
    CHECK(native.code == 1);
    CHECK(has(native.err, "the built-in SSH client has no option -L"));
    CHECK(site.run("export MACHINE_NATIVE_SSH=0; m ssh web1 -v true").code == 0);
    CHECK(has(site.run("export MACHINE_NATIVE_SSH=0; m ssh web1 -v true").err, "OpenSSH"));
}

TEST_CASE("machine ssh: the built-in client gives a terminal of our size") {
    const Site site;
    Pty pty(33, 111);
    PtyProcess process(
        pty,
        {site.scratch_.program("orch"),
         "machine",
         "-s",
         site.scratch_.path("store"),
         "--native-ssh",
         "ssh",
         "web1"},
        site.scratch_.environment()
    );
    pty.type("stty size; echo re''ady\n");
    CHECK(has(pty.read_until("ready"), "33 111"));
    pty.resize(44, 99);
    pty.type("until stty size | grep -q ^44; do sleep 0.1; done; stty size; echo aga''in\n");
    CHECK(has(pty.read_until("again"), "44 99"));
    pty.type("exit 5\n");
    CHECK(process.wait() == 5);
}

TEST_CASE("machine ssh: a host key that changed stops both clients") {
    Site site;
    CHECK(site.run("m ssh web1 true").code == 0);
    site.server_.change_host_key();
    const auto by_program = site.run("m ssh web1 -C true");
    CHECK(by_program.code == 255);
    CHECK(has(by_program.err, "HOST IDENTIFICATION HAS CHANGED"));
    const auto native = site.run("m --native-ssh ssh web1 true");
    CHECK(native.code == 1);
    CHECK(has(native.err, "has changed"));
    CHECK(has(native.err, "ssh-keygen -f"));
}

TEST_CASE("machine ssh: a host that does not answer is not running") {
    Site site;
    site.server_.stop();
    const auto ended = site.run("m ssh web1 true");
    CHECK(ended.code == 1);
    CHECK(has(ended.err, "Error: Cannot run SSH command: Host \"web1\" is not running"));
    CHECK(has(site.run("m scp -q web1:f .").err, "Host \"web1\" is not running"));
}

TEST_CASE("machine ssh: a key that others may read is refused") {
    const Site site;
    const auto key = site.scratch_.path("store/machines/web1/id");
    fs::permissions(key, fs::perms(0644));
    const auto ended = site.run("m ssh web1 true");
    CHECK(ended.code == 1);
    CHECK(has(ended.err, "permissions 0644 for '" + key + "' are too open"));
}

TEST_CASE("machine scp: there and back") {
    const Site site;
    std::ofstream(site.scratch_.path("file")) << "hello";
    const auto there = site.scratch_.path("there");
    CHECK(site.run("m scp -q file web1:" + there).code == 0);
    CHECK(site.read("there") == "hello");
    CHECK(site.run("m scp -q web1:" + there + " localhost:back").code == 0);
    CHECK(site.read("back") == "hello");
    CHECK(site.run("m scp -q web1:" + there + " web1:" + there + "2").code == 0);
    CHECK(site.read("there2") == "hello");
    const auto missing = site.run("m scp -q web1:/no/such x");
    CHECK(missing.code == 1);
    CHECK(has(missing.err, "scp: exit status 1"));
    CHECK(has(site.run("m scp file").err, "Improper number of arguments"));
    CHECK(has(site.run("m scp web9:f .").err, "Docker machine \"web9\" does not exist"));
}

TEST_CASE("machine ssh-config: ssh finds the machine with it") {
    const Site site;
    const auto ended = site.run("m ssh-config > config; ssh -F config web1 echo foo");
    CHECK(ended.code == 0);
    CHECK(ended.out == "foo\n");
}

} // namespace orch::test
