#include "tests/support/pty.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace orch::test {

namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (auto& text : texts)
        result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

} // namespace

Pty::Pty(unsigned short rows, unsigned short columns)
    : keyboard_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    REQUIRE(keyboard_);
    REQUIRE(::grantpt(keyboard_.get()) == 0);
    REQUIRE(::unlockpt(keyboard_.get()) == 0);
    std::array<char, 128> name{};
    REQUIRE(::ptsname_r(keyboard_.get(), name.data(), name.size()) == 0);
    terminal_ = Fd(::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC));
    REQUIRE(terminal_);
    resize(rows, columns);
}

void Pty::resize(unsigned short rows, unsigned short columns) {
    const winsize size{rows, columns, 0, 0};
    REQUIRE(::ioctl(terminal_.get(), TIOCSWINSZ, &size) == 0);
}

bool Pty::read_some(int timeout_ms) {
    pollfd ready{keyboard_.get(), POLLIN, 0};
    if (::poll(&ready, 1, timeout_ms) <= 0 || (ready.revents & POLLIN) == 0)
        return false;
    std::array<char, 4096> buffer{};
    const auto size = ::read(keyboard_.get(), buffer.data(), buffer.size());
    if (size <= 0)
        return false;
    output_.append(buffer.data(), static_cast<std::size_t>(size));
    return true;
}

std::string Pty::read_until(std::string_view text) {
    using namespace std::chrono_literals;
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (output_.find(text) == std::string::npos) {
        read_some(100);
        REQUIRE_MESSAGE(
            std::chrono::steady_clock::now() < deadline, "no '", text, "' in: ", output_
        );
    }
    return output_;
}

std::string Pty::read_all() {
    while (read_some(0)) {
    }
    return output_;
}

void Pty::type(std::string_view keys) {
    REQUIRE(
        ::write(keyboard_.get(), keys.data(), keys.size()) == static_cast<ssize_t>(keys.size())
    );
}

PtyProcess::PtyProcess(
    Pty& pty,
    const std::vector<std::string>& argv,
    const std::map<std::string, std::string>& environment
) {
    // Everything that allocates happens before the fork.
    auto words = argv;
    std::vector<std::string> variables;
    for (const auto& [name, value] : environment)
        variables.push_back(name + "=" + value);
    const auto arguments = pointers(words);
    const auto values = pointers(variables);
    const int terminal = pty.terminal();
    pid_ = ::fork();
    REQUIRE(pid_ >= 0);
    if (pid_ > 0)
        return;
    ::setsid();
    ::ioctl(terminal, TIOCSCTTY, 0);
    for (int fd = 0; fd < 3; ++fd)
        ::dup2(terminal, fd);
    ::execve(arguments[0], arguments.data(), values.data());
    ::_exit(127);
}

PtyProcess::~PtyProcess() {
    if (pid_ <= 0)
        return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

int PtyProcess::wait() {
    int status = 0;
    REQUIRE(::waitpid(pid_, &status, 0) == pid_);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

} // namespace orch::test
