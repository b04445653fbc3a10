#include "tests/support/child.hpp"

#include <cerrno>
#include <exception>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace orch::test {

Child::Child(const std::function<int()>& body) : pid_(::fork()) {
    if (pid_ < 0)
        throw std::system_error(errno, std::generic_category(), "fork");
    if (pid_ > 0)
        return;
    constexpr int threw = 99;
    int code = threw;
    try {
        code = body();
    } catch (const std::exception&) {
        code = threw;
    }
    ::_exit(code); // the parent's test run must not go on in here
}

Child::~Child() {
    if (pid_ <= 0)
        return;
    ::kill(pid_, SIGKILL);
    wait();
}

int Child::wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

Gate::Gate() {
    if (::pipe2(ends_, O_CLOEXEC) != 0)
        throw std::system_error(errno, std::generic_category(), "pipe2");
}

Gate::~Gate() {
    ::close(ends_[0]);
    ::close(ends_[1]);
}

void Gate::open() const { [[maybe_unused]] const auto written = ::write(ends_[1], "", 1); }

bool Gate::pass() const {
    constexpr int ten_seconds = 10'000;
    pollfd input{ends_[0], POLLIN, 0};
    char byte = 0;
    return ::poll(&input, 1, ten_seconds) == 1 && ::read(ends_[0], &byte, 1) == 1;
}

} // namespace orch::test
