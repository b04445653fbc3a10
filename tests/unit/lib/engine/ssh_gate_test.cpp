#include "lib/base/error.hpp"
#include "lib/base/fd.hpp"
#include "lib/engine/ssh_gate.hpp"
#include "lib/os/environment.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>

namespace engine = orch::engine;
namespace fs = std::filesystem;

namespace {

/// A folder with a program called ssh, first on PATH.
struct Ssh {
    explicit Ssh(const std::string& script) {
        fs::permissions(folder.write("bin/ssh", "#!/bin/sh\n" + script), fs::perms::owner_all);
        fs::create_directory(folder / "tmp");
    }

    [[nodiscard]] engine::Endpoint
    endpoint(const std::string& docker_host = "ssh://me@web1") const {
        return engine::ssh_endpoint(
            docker_host,
            orch::os::Environment(
                {{"PATH", (folder / "bin").string() + ":/usr/bin:/bin"},
                 {"TMPDIR", (folder / "tmp").string()}}
            )
        );
    }

    /// The options and words that the last ssh got.
    [[nodiscard]] std::string words() const {
        std::ifstream file(folder / "words");
        return {std::istreambuf_iterator<char>(file), {}};
    }

    orch::test::TempDir folder;
};

/// What comes back for `text` on a connection of its own.
std::string talk(const std::string& socket, const std::string& text) {
    const orch::Fd fd(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::send(fd.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
    ::shutdown(fd.get(), SHUT_WR);
    std::string answer;
    char buffer[1024];
    for (ssize_t size = 0; (size = ::read(fd.get(), buffer, sizeof buffer)) > 0;)
        answer.append(buffer, static_cast<std::size_t>(size));
    return answer;
}

} // namespace

TEST_CASE("ssh gate: every connection is an ssh of its own, that runs docker there") {
    const Ssh ssh("cd \"$(dirname \"$0\")/..\"; echo \"$@\" > words; exec sed 's/^/heard: /'");
    const auto endpoint = ssh.endpoint("ssh://me@web1:2222");
    CHECK(endpoint.url() == "ssh://me@web1:2222");
    CHECK(talk(endpoint.socket, "one") == "heard: one");
    CHECK(ssh.words().find("-p 2222 -- me@web1 docker system dial-stdio") != std::string::npos);
    std::vector<std::string> answers(8);
    {
        std::vector<std::jthread> users;
        for (std::size_t i = 0; i < answers.size(); ++i)
            users.emplace_back([&, i] { answers[i] = talk(endpoint.socket, std::to_string(i)); });
    }
    for (std::size_t i = 0; i < answers.size(); ++i)
        CHECK(answers[i] == "heard: " + std::to_string(i));
}

TEST_CASE("ssh gate: it tells why ssh failed") {
    const Ssh ssh("exec <&- >&-; echo 'first' >&2; sleep 0.1; echo 'Permission denied "
                  "(publickey).' >&2; exit 255");
    const auto endpoint = ssh.endpoint();
    CHECK(talk(endpoint.socket, "").empty());
    CHECK(endpoint.gate->last_words() == "Permission denied (publickey).");
}

TEST_CASE("ssh gate: nothing of it stays, not even a connection that is in use") {
    const Ssh ssh("cd \"$(dirname \"$0\")/..\"; echo $$ > words; sleep 60");
    {
        auto endpoint = ssh.endpoint();
        const std::jthread user([socket = endpoint.socket] { talk(socket, "x"); });
        while (ssh.words().empty())
            std::this_thread::yield();
        endpoint.gate.reset(); // while the user waits for an answer
    }
    CHECK(fs::is_empty(ssh.folder / "tmp"));
    CHECK_FALSE(fs::exists("/proc/" + ssh.words().substr(0, ssh.words().find('\n'))));
}

TEST_CASE("ssh gate: addresses") {
    const Ssh ssh("cd \"$(dirname \"$0\")/..\"; echo \"$@\" > words; exec cat");
    const auto reaches = [&ssh](const std::string& docker_host, const std::string& words) {
        talk(ssh.endpoint(docker_host).socket, "x");
        return ssh.words().find(words) != std::string::npos;
    };
    CHECK(reaches("ssh://web1", "ConnectTimeout=10 -- web1 docker"));
    CHECK(reaches("ssh://web1/", "-- web1 docker"));
    CHECK(reaches("ssh://me@[fd00::1]:22", "-p 22 -- me@fd00::1 docker"));
    for (const auto* bad :
         {"ssh://",
          "ssh://-oProxyCommand=x",
          "ssh://me:secret@web1",
          "ssh://web1:port",
          "ssh://a b",
          "ssh://-l@web1",
          "ssh://web1/var/run/docker.sock"}) {
        CAPTURE(bad);
        CHECK_THROWS_WITH_AS(
            ssh.endpoint(bad),
            ("\"" + std::string(bad) + "\" is no address of a Docker engine").c_str(),
            orch::Error
        );
    }
}
