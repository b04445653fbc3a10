#include "tests/support/tls_server.hpp"

#include <csignal>
#include <fcntl.h>
#include <spawn.h>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

extern char** environ; // NOLINT: POSIX declares it nowhere

namespace orch::test {

namespace {

struct Child {
    pid_t process = -1;
    Fd output; // both of its streams
};

Child start(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "openssl");
    std::vector<char*> argv;
    for (auto& argument : arguments)
        argv.push_back(argument.data());
    argv.push_back(nullptr);
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        throw std::runtime_error("no pipe");
    Child child{.output = Fd(ends[0])};
    const Fd writer(ends[1]);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, writer.get(), 1);
    posix_spawn_file_actions_adddup2(&actions, writer.get(), 2);
    const int failed =
        ::posix_spawnp(&child.process, "openssl", &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0)
        throw std::runtime_error("cannot start openssl");
    return child;
}

/// Appends what comes next to `text`; false at the end.
bool read_more(const Fd& fd, std::string& text) {
    char buffer[4096];
    const auto count = ::read(fd.get(), buffer, sizeof buffer);
    if (count > 0)
        text.append(buffer, static_cast<std::size_t>(count));
    return count > 0;
}

} // namespace

void openssl(const std::vector<std::string>& arguments) {
    const auto child = start(arguments);
    std::string output;
    while (read_more(child.output, output)) {
    }
    int status = 0;
    ::waitpid(child.process, &status, 0);
    if (status != 0)
        throw std::runtime_error("openssl " + arguments.at(0) + " failed: " + output);
}

TlsServer::TlsServer(
    const std::filesystem::path& certificate,
    const std::filesystem::path& key,
    const std::filesystem::path& client_authority,
    const std::vector<std::string>& more_arguments
) {
    std::vector<std::string> arguments{
        "s_server", "-accept", "127.0.0.1:0", "-www", "-cert", certificate, "-key", key};
    if (!client_authority.empty())
        arguments.insert(
            arguments.end(), {"-Verify", "1", "-verify_return_error", "-CAfile", client_authority}
        );
    arguments.insert(arguments.end(), more_arguments.begin(), more_arguments.end());
    auto child = start(arguments);
    process_ = child.process;
    output_ = std::move(child.output);
    const std::string word = "ACCEPT 127.0.0.1:";
    std::string said;
    for (;;) {
        const auto at = said.find(word);
        const auto end = at == std::string::npos ? at : said.find('\n', at);
        if (end != std::string::npos) {
            port_ = said.substr(at + word.size(), end - at - word.size());
            return;
        }
        if (!read_more(output_, said))
            throw std::runtime_error("openssl s_server does not start: " + said);
    }
}

TlsServer::~TlsServer() {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
}

} // namespace orch::test
