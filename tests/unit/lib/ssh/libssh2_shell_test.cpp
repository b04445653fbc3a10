#include "lib/base/error.hpp"
#include "lib/base/fd.hpp"
#include "lib/process/system_runner.hpp"
#include "lib/ssh/libssh2_connector.hpp"
#include "lib/ssh/libssh2_shell.hpp"
#include "tests/support/ssh_server.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>

namespace fs = std::filesystem;
namespace ssh = orch::ssh;
using orch::Error;
using orch::Kind;
using namespace std::chrono_literals;

namespace {

using SteadyClock = std::chrono::steady_clock;

/// A host and a shell on it; both kinds of shell must behave the same.
struct Lab {
    explicit Lab(bool rsa) {
        auto address = server.address();
        if (rsa) {
            address.key = server.make_key("id_rsa", "rsa");
            server.authorize(address.key);
        }
        shell = connector.connect(address, 20s, {});
        REQUIRE((dynamic_cast<ssh::Libssh2Shell*>(shell.get()) == nullptr) == rsa);
    }

    orch::process::Outcome
    run(const std::string& line,
        const std::string& input = {},
        std::chrono::milliseconds timeout = 60s) {
        return shell->run({.line = line, .input = input, .timeout = timeout}, {});
    }

    Kind failure(const ssh::Command& command, const std::stop_token& stop = {}) {
        try {
            shell->run(command, stop);
        } catch (const Error& error) {
            return error.kind();
        }
        FAIL("no error");
        return Kind::internal;
    }

    orch::testing::SshServer server;
    orch::process::SystemRunner runner;
    ssh::Libssh2Connector connector{runner, server.folder(), ""};
    std::unique_ptr<ssh::Shell> shell;
};

std::string binary(std::size_t size) {
    std::string bytes;
    std::uint32_t state = 1;
    while (bytes.size() < size) {
        state = state * 1664525 + 1013904223;
        bytes.push_back(static_cast<char>(state >> 24));
    }
    return bytes;
}

/// Both kinds of shell, for the tests below.
template <class Body>
void on_both(Body body) {
    for (const bool rsa : {false, true}) {
        CAPTURE(rsa);
        Lab lab(rsa);
        body(lab);
    }
}

} // namespace

TEST_CASE("ssh: exit codes, signals and streams come back apart, run after run") {
    on_both([](Lab& lab) {
        const auto outcome = lab.run("echo out; echo err >&2; exit 7");
        CHECK(outcome.code == 7);
        CHECK(outcome.out == "out\n");
        CHECK(outcome.err == "err\n");
        CHECK(lab.run("true").ok());
        CHECK(lab.run("exit 255").code == 255);
        CHECK(lab.run("cat", "in").out == "in");
    });
}

TEST_CASE("ssh: a command ended by a signal is 128 plus its number") {
    Lab lab(false);
    CHECK(lab.run("kill -TERM $$").code == 143);
    CHECK(lab.run("exec sh -c 'kill -KILL $$'").code == 137);
}

TEST_CASE("ssh: 10 MB go in while they come out") {
    on_both([](Lab& lab) {
        const auto input = binary(10'000'000);
        const auto outcome = lab.run("tee /dev/stderr", input);
        CHECK(outcome.ok());
        CHECK((outcome.out == input));
        CHECK((outcome.err == input));
    });
}

TEST_CASE("ssh: a command may leave its input unread, or close its output first") {
    on_both([](Lab& lab) {
        CHECK(lab.run("exit 3", binary(10'000'000)).code == 3);
        const auto file = lab.server.folder() / "sink";
        const auto line = "exec >" + file.string() + " 2>&1; exec cat";
        CHECK(lab.run(line, binary(5'000'000)).ok());
        CHECK(fs::file_size(file) == 5'000'000);
    });
}

TEST_CASE("ssh: output is shown as it comes") {
    on_both([](Lab& lab) {
        std::string seen;
        const auto outcome = lab.shell->run(
            {.line = "echo a; echo b >&2",
             .on_output = [&seen](std::string_view chunk) { seen.append(chunk); }},
            {}
        );
        CHECK(outcome.out == "a\n");
        CHECK(outcome.err == "b\n");
        CHECK(seen.size() == 4);
    });
}

TEST_CASE("ssh: a command that takes too long is given up, the shell is not") {
    on_both([](Lab& lab) {
        CHECK(lab.failure({.line = "sleep 60", .timeout = 100ms}) == Kind::timeout);
        CHECK(lab.run("echo on").out == "on\n");
    });
}

TEST_CASE("ssh: a stop ends the wait at once") {
    on_both([](Lab& lab) {
        std::stop_source source;
        SteadyClock::time_point stopped;
        const ssh::Command command{
            .line = "echo ready; sleep 60",
            .on_output =
                [&](std::string_view) {
                    stopped = SteadyClock::now();
                    source.request_stop();
                },
        };
        CHECK(lab.failure(command, source.get_token()) == Kind::cancelled);
        CHECK(SteadyClock::now() - stopped < 200ms);
        CHECK(lab.failure(command, source.get_token()) == Kind::cancelled);
    });
}

TEST_CASE("ssh: a connection lost in the middle of a command is a network error") {
    on_both([](Lab& lab) {
        CHECK(lab.failure({.line = "kill -KILL $PPID; sleep 60", .timeout = 20s}) == Kind::network);
        CHECK(lab.failure({.line = "true", .timeout = 20s}) == Kind::network);
    });
}

TEST_CASE("ssh: files are put and got byte for byte") {
    on_both([](Lab& lab) {
        const auto path = (lab.server.folder() / "a file's name").string();
        const auto content = binary(3'000'000);
        lab.shell->put("old", path, 0644, {});
        lab.shell->put(content, path, 0640, {});
        CHECK((lab.shell->get(path, {}) == content));
        CHECK((fs::status(path).permissions() & fs::perms::mask) == fs::perms(0640));
        lab.shell->put("", path, 0600, {});
        CHECK(lab.shell->get(path, {}).empty());
    });
}

TEST_CASE("ssh: a file that cannot be put or got says why") {
    Lab lab(false);
    const auto folder = lab.server.folder().string();
    const auto kind = [](auto&& body) {
        try {
            body();
        } catch (const Error& error) {
            return error.kind();
        }
        return Kind::internal;
    };
    CHECK(kind([&] { lab.shell->get(folder + "/none", {}); }) == Kind::not_found);
    CHECK(kind([&] { lab.shell->get(folder, {}); }) == Kind::remote);
    CHECK(kind([&] { lab.shell->put("x", folder + "/no/file", 0600, {}); }) == Kind::remote);
    CHECK(kind([&] { lab.shell->put("x", folder, 0600, {}); }) == Kind::remote);
}

namespace {

/// A file as a descriptor: what an attached program reads, or what it wrote.
class Stream {
  public:
    explicit Stream(const std::string& content = {}) : fd_(::memfd_create("stream", MFD_CLOEXEC)) {
        REQUIRE(
            ::pwrite(fd_.get(), content.data(), content.size(), 0) ==
            static_cast<ssize_t>(content.size())
        );
    }

    [[nodiscard]] int fd() const { return fd_.get(); }

    [[nodiscard]] std::string text() const {
        std::string all(static_cast<std::size_t>(::lseek(fd_.get(), 0, SEEK_END)), '\0');
        REQUIRE(::pread(fd_.get(), all.data(), all.size(), 0) == static_cast<ssize_t>(all.size()));
        return all;
    }

  private:
    orch::Fd fd_;
};

} // namespace

TEST_CASE("ssh attached: a program has our streams, and its code is ours") {
    Lab lab(false);
    const auto content = binary(1'000'000);
    const Stream in(content);
    const Stream out;
    const Stream err;
    const int code = lab.shell->attach(
        {.line = "echo err >&2; cat; exit 7", .in = in.fd(), .out = out.fd(), .err = err.fd()}, {}
    );
    CHECK(code == 7);
    CHECK(out.text() == content);
    CHECK(err.text() == "err\n");
}

TEST_CASE("ssh attached: when nobody reads any more it ends, as a program in a pipe does") {
    std::signal(SIGPIPE, SIG_IGN); // as the program itself does
    Lab lab(false);
    const Stream in;
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    ::close(ends[0]);
    const orch::Fd out(ends[1]);
    CHECK(lab.shell->attach({.line = "yes", .in = in.fd(), .out = out.get()}, {}) == 128 + SIGPIPE);
}

TEST_CASE("ssh attached: a terminal has the size of ours and follows it") {
    Lab lab(false);
    const std::string script = "for i in $(seq 200); do case $(stty size) in 44*) break ;; esac; "
                               "sleep 0.1; done; stty size; exit\n";
    // Left open: sshd forgets the terminal when its input ends.
    int in[2];
    REQUIRE(::pipe2(in, O_CLOEXEC) == 0);
    const orch::Fd reader(in[0]);
    const orch::Fd writer(in[1]);
    REQUIRE(::write(writer.get(), script.data(), script.size()) == std::ssize(script));
    const Stream out;
    int looks = 0;
    const ssh::Attachment attachment{
        .line = "sh",
        .terminal = ssh::Terminal{.type = "xterm", .size = {111, 33}},
        .window =
            [&looks] {
                return ++looks < 2 ? ssh::WindowSize{111, 33} : ssh::WindowSize{99, 44};
            },
        .in = reader.get(),
        .out = out.fd(),
        .err = out.fd()};
    lab.shell->attach(attachment, {});
    CHECK(out.text().find("44 99") != std::string::npos);
}

TEST_CASE("ssh attached: a stop ends it at once") {
    Lab lab(false);
    std::stop_source source;
    const std::jthread stopper([&source] {
        std::this_thread::sleep_for(200ms);
        source.request_stop();
    });
    const auto began = SteadyClock::now();
    const Stream in;
    CHECK_THROWS_AS(
        lab.shell->attach({.line = "sleep 60", .in = in.fd()}, source.get_token()), Error
    );
    CHECK(SteadyClock::now() - began < 10s);
}
