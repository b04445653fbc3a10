#include "lib/base/error.hpp"
#include "lib/process/child.hpp"
#include "lib/process/system_runner.hpp"
#include "lib/ssh/key.hpp"
#include "lib/ssh/libssh2_connector.hpp"
#include "tests/support/loopback.hpp"
#include "tests/support/ssh_server.hpp"

#include <doctest/doctest.h>
#ifndef __has_feature // gcc has none, but a macro for this one
#define __has_feature(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define LEAKS_ARE_LOOKED_FOR
#include <sanitizer/lsan_interface.h>
#endif

#include <fstream>
#include <iterator>
#include <optional>
#include <poll.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace fs = std::filesystem;
namespace ssh = orch::ssh;
namespace testing = orch::testing;
using orch::Error;
using orch::Kind;
using namespace std::chrono_literals;

namespace {

using SteadyClock = std::chrono::steady_clock;

orch::process::SystemRunner runner;

std::string echo(ssh::Connector& connector, const ssh::Address& address) {
    return connector.connect(address, 20s, {})->run({.line = "echo hello"}, {}).out;
}

Error failure(
    const ssh::Address& address,
    std::chrono::milliseconds timeout = 20s,
    const std::stop_token& stop = {},
    const fs::path& home = "/nonexistent",
    const std::string& agent = {}
) {
    try {
        ssh::Libssh2Connector(runner, home, agent).connect(address, timeout, stop);
    } catch (const Error& error) {
        return error;
    }
    return {Kind::internal, "no error"};
}

std::string read_all(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// An ssh-agent without keys.
class Agent {
  public:
    explicit Agent(const fs::path& folder)
        : socket_((folder / "agent").string()), child_({
                                                    .program = "/usr/bin/ssh-agent",
                                                    .argv = {"ssh-agent", "-D", "-a", socket_},
                                                    .environment = {},
                                                    .out = output_.write.get(),
                                                }) {
        char first = 0; // it says where it listens once it does
        CHECK(::read(output_.read.get(), &first, 1) == 1);
    }

    void add(const fs::path& key, const fs::path& askpass) {
        const auto outcome = runner.run(
            {.argv = {"ssh-add", "-q", key.string()},
             .env =
                 {{"SSH_AUTH_SOCK", socket_},
                  {"SSH_ASKPASS", askpass.string()},
                  {"SSH_ASKPASS_REQUIRE", "force"}}},
            {}
        );
        REQUIRE(outcome.ok());
    }

    [[nodiscard]] const std::string& socket() const { return socket_; }

  private:
    std::string socket_;
    orch::process::Pipe output_ = orch::process::make_pipe();
    orch::process::Child child_;
};

/// libssh2 1.10 forgets a number each time it reads an ECDSA key in OpenSSH's format.
class KnownLeak {
  public:
#ifdef LEAKS_ARE_LOOKED_FOR
    explicit KnownLeak(std::string_view key_type) {
        if (key_type == "ecdsa")
            disabler_.emplace();
    }

  private:
    std::optional<__lsan::ScopedDisabler> disabler_;
#else
    explicit KnownLeak(std::string_view /*key_type*/) {}
#endif
};

/// A program that answers ssh-add's question.
fs::path make_askpass(const fs::path& folder, const std::string& answer) {
    const auto path = folder / "askpass";
    std::ofstream(path) << "#!/bin/sh\necho " << answer << "\n";
    fs::permissions(path, fs::perms::owner_all);
    return path;
}

} // namespace

TEST_CASE("ssh: the host key is remembered at first contact and pinned from then on") {
    testing::SshServer server;
    ssh::Libssh2Connector connector(runner, server.folder(), "");
    const auto address = server.address();
    CHECK(echo(connector, address) == "hello\n");
    const auto known = read_all(address.known_hosts);
    CHECK(known.starts_with("[127.0.0.1]:" + std::to_string(address.port) + " ssh-ed25519 "));
    CHECK((fs::status(address.known_hosts).permissions() & fs::perms::mask) == fs::perms(0600));
    CHECK(echo(connector, address) == "hello\n");
    CHECK(read_all(address.known_hosts) == known);

    server.change_host_key();
    const auto error = failure(address);
    CHECK(error.kind() == Kind::denied);
    CHECK(has(error.message(), "the host key of [127.0.0.1]:"));
    CHECK(has(error.message(), "has changed"));
    CHECK(has(error.hint(), "ssh-keygen -f " + address.known_hosts.string() + " -R '[127.0.0.1]:"));
    CHECK(read_all(address.known_hosts) == known);
}

TEST_CASE("ssh: a pinned key of another type is a changed host key") {
    testing::SshServer server;
    auto address = server.address();
    const auto key = read_all(server.make_key("other", "ecdsa").string() + ".pub");
    std::ofstream(address.known_hosts) << "# orch\n[127.0.0.1]:" << address.port << " " << key;
    const auto error = failure(address);
    CHECK(error.kind() == Kind::denied);
    CHECK(has(error.message(), "has changed"));
    CHECK(has(error.hint(), "ssh-keygen -f " + address.known_hosts.string() + " -R '[127.0.0.1]:"));
}

TEST_CASE("ssh: the system's ssh pins host keys in the same file") {
    testing::SshServer server;
    auto address = server.address();
    address.key = server.make_key("id_rsa", "rsa");
    server.authorize(address.key);
    ssh::Libssh2Connector connector(runner, server.folder(), "");
    CHECK(echo(connector, address) == "hello\n");
    CHECK(has(read_all(address.known_hosts), "ssh-ed25519"));
    CHECK(echo(connector, server.address()) == "hello\n");

    server.change_host_key();
    const auto error = failure(address);
    CHECK(error.kind() == Kind::denied);
    CHECK(has(error.message(), "the host key of 127.0.0.1:"));
    CHECK(has(error.hint(), "ssh-keygen -f " + address.known_hosts.string() + " -R '[127.0.0.1]:"));
}

TEST_CASE("ssh: a key that the host does not know is refused") {
    testing::SshServer server;
    for (const char* type : {"ed25519", "ecdsa", "rsa"}) {
        CAPTURE(type);
        const KnownLeak leak(type);
        auto address = server.address();
        address.key = server.make_key("wrong", type);
        const auto error = failure(address);
        CHECK(error.kind() == Kind::denied);
        CHECK(
            error.message() == address.user + "@127.0.0.1:" + std::to_string(address.port) +
                                   " refuses the key " + address.key.string()
        );
    }
}

TEST_CASE("ssh: keys of every usual kind and format log in") {
    testing::SshServer server;
    ssh::Libssh2Connector connector(runner, server.folder(), "");
    auto address = server.address();
    for (const char* type : {"ed25519", "ecdsa", "rsa"}) {
        CAPTURE(type);
        const KnownLeak leak(type);
        address.key = server.make_key("key", type);
        server.authorize(address.key);
        CHECK(echo(connector, address) == "hello\n");
    }
    // The last one once more, in the two PEM formats.
    for (const char* format : {"PEM", "PKCS8"}) {
        CAPTURE(format);
        const auto outcome = runner.run(
            {.argv =
                 {"ssh-keygen", "-q", "-p", "-N", "", "-m", format, "-f", address.key.string()}},
            {}
        );
        REQUIRE(outcome.ok());
        CHECK(echo(connector, address) == "hello\n");
    }
}

TEST_CASE("ssh: a key file that cannot be used says why") {
    testing::SshServer server;
    auto address = server.address();
    address.key = server.folder() / "none";
    auto error = failure(address);
    CHECK(error.kind() == Kind::denied);
    CHECK(has(error.message(), "cannot read the SSH key " + address.key.string() + ": no such file")
    );
    address.key = server.folder() / "id_ed25519.pub";
    error = failure(address);
    CHECK(error.kind() == Kind::denied);
    CHECK(has(error.message(), "is not a private key"));
}

TEST_CASE("ssh: a key with a passphrase needs the agent, and uses it") {
    testing::SshServer server;
    Agent agent(server.folder());
    const auto askpass = make_askpass(server.folder(), "secret");
    auto address = server.address();
    for (const char* type : {"ed25519", "rsa"}) {
        CAPTURE(type);
        address.key = server.make_key("locked", type, "secret");
        server.authorize(address.key);
        const auto error = failure(address, 20s, {}, "/nonexistent", agent.socket());
        CHECK(error.kind() == Kind::denied);
        CHECK(has(error.hint(), "ssh-add " + address.key.string()));
        agent.add(address.key, askpass);
        ssh::Libssh2Connector connector(runner, "/nonexistent", agent.socket());
        CHECK(echo(connector, address) == "hello\n");
    }
}

TEST_CASE("ssh: without a key file the agent and the default keys are tried") {
    testing::SshServer server;
    auto address = server.address();
    const auto key = std::exchange(address.key, "");
    CHECK(has(failure(address).message(), "there is no SSH key"));

    const auto home = server.folder() / "home";
    fs::create_directories(home / ".ssh");
    fs::copy_file(server.make_key("stranger", "ed25519"), home / ".ssh" / "id_ed25519");
    const auto error = failure(address, 20s, {}, home);
    CHECK(error.kind() == Kind::denied);
    CHECK(has(error.message(), "refuses every key"));

    const auto rsa = server.make_key("rsa", "rsa");
    fs::copy_file(rsa, home / ".ssh" / "id_rsa");
    server.authorize(rsa);
    ssh::Libssh2Connector by_rsa(runner, home, "");
    CHECK(echo(by_rsa, address) == "hello\n");

    Agent agent(server.folder());
    agent.add(key, "/bin/false");
    ssh::Libssh2Connector by_agent(runner, "/nonexistent", agent.socket());
    CHECK(echo(by_agent, address) == "hello\n");
}

TEST_CASE("ssh: keys made by orch are read by ssh-keygen and log in") {
    testing::SshServer server;
    const auto pair = ssh::generate_ed25519("a comment");
    auto address = server.address();
    address.key = server.folder() / "made";
    std::ofstream(address.key) << pair.private_text;
    fs::permissions(address.key, fs::perms(0600));
    const auto outcome = runner.run({.argv = {"ssh-keygen", "-y", "-f", address.key.string()}}, {});
    CHECK(outcome.out == pair.public_line);
    CHECK(ssh::generate_ed25519("a comment").public_line != pair.public_line);
    std::ofstream(address.key.string() + ".pub") << pair.public_line;
    server.authorize(address.key);
    ssh::Libssh2Connector connector(runner, server.folder(), "");
    CHECK(echo(connector, address) == "hello\n");
}

TEST_CASE("ssh: a refused port is a network error for both kinds of shell") {
    testing::SshServer server;
    auto address = server.address();
    const auto rsa = server.make_key("id_rsa", "rsa");
    address.port = testing::refusing_port();
    const auto message =
        "cannot connect to 127.0.0.1:" + std::to_string(address.port) + ": connection refused";
    for (const auto& key : {address.key, rsa}) {
        address.key = key;
        const auto error = failure(address);
        CHECK(error.kind() == Kind::network);
        CHECK(error.message() == message);
    }
}

TEST_CASE("ssh: a listener that never speaks times out") {
    testing::SshServer server;
    const auto listener = testing::listen_on_loopback();
    auto address = server.address();
    const auto rsa = server.make_key("id_rsa", "rsa");
    address.port = listener.port;
    const auto message =
        "127.0.0.1:" + std::to_string(address.port) + " does not answer within 0.3 s";
    for (const auto& key : {address.key, rsa}) {
        address.key = key;
        const auto error = failure(address, 300ms);
        CHECK(error.kind() == Kind::timeout);
        CHECK(error.message() == message);
    }
}

TEST_CASE("ssh: a listener that speaks something else is a network error") {
    testing::SshServer server;
    const auto listener = testing::listen_on_loopback();
    auto address = server.address();
    address.port = listener.port;
    std::jthread speaker([&listener] {
        pollfd polled{listener.fd.get(), POLLIN, 0};
        ::poll(&polled, 1, 20'000);
        const orch::Fd peer(::accept(listener.fd.get(), nullptr, nullptr));
        CHECK(::write(peer.get(), "HTTP/1.1 400 Bad\r\n\r\n", 20) == 20);
    });
    const auto error = failure(address);
    CHECK(error.kind() == Kind::network);
    CHECK(has(error.message(), "no SSH connection to 127.0.0.1:"));
}

TEST_CASE("ssh: a stop ends a login at once") {
    testing::SshServer server;
    const auto listener = testing::listen_on_loopback();
    auto address = server.address();
    address.port = listener.port;
    std::stop_source source;
    SteadyClock::time_point stopped;
    std::jthread stopper([&] {
        pollfd polled{listener.fd.get(), POLLIN, 0}; // readable once the client is connected
        ::poll(&polled, 1, 20'000);
        stopped = SteadyClock::now();
        source.request_stop();
    });
    CHECK(failure(address, 20s, source.get_token()).kind() == Kind::cancelled);
    stopper.join();
    CHECK(SteadyClock::now() - stopped < 200ms);
}
