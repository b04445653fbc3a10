#include "lib/process/child.hpp"

#include "lib/base/error.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace orch::process {

namespace {

/// What the child writes to its parent when it cannot become the program.
struct Failure {
    enum class Step { setup, directory, exec } step;
    int error;
};

/// Everything exec needs, built before fork: the child of a threaded process may not allocate.
class Vector {
  public:
    explicit Vector(const std::vector<std::string>& words) : words_(words) {
        for (auto& word : words_)
            pointers_.push_back(word.data());
        pointers_.push_back(nullptr);
    }

    char** data() { return pointers_.data(); }

  private:
    std::vector<std::string> words_;
    std::vector<char*> pointers_;
};

Fd above_standard(int fd) {
    Fd original(fd);
    if (fd > STDERR_FILENO)
        return original;
    Fd moved(::fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
    if (!moved)
        throw Error(Kind::internal, "cannot duplicate a descriptor: {}", std::strerror(errno));
    return moved;
}

[[noreturn]] void give_up(int report, Failure::Step step) {
    const Failure failure{step, errno};
    [[maybe_unused]] const auto written = ::write(report, &failure, sizeof failure);
    ::_exit(127);
}

/// Runs in the child: only async-signal-safe calls from here on.
[[noreturn]] void become(const Launch& launch, char** argv, char** environment, int report) {
    const std::array<int, 3> streams{launch.in, launch.out, launch.err};
    for (int target = 0; target < 3; ++target) {
        const int source = streams[static_cast<std::size_t>(target)];
        if (source >= 0 && ::dup2(source, target) < 0)
            give_up(report, Failure::Step::setup);
    }
    if (launch.own_group && ::setpgid(0, 0) != 0)
        give_up(report, Failure::Step::setup);
    if (!launch.dir.empty() && ::chdir(launch.dir.c_str()) != 0)
        give_up(report, Failure::Step::directory);
    // An ignored signal and a blocked one survive exec, and few programs expect either.
    ::signal(SIGPIPE, SIG_DFL);
    ::signal(SIGXFSZ, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::execve(launch.program.c_str(), argv, environment);
    give_up(report, Failure::Step::exec);
}

[[noreturn]] void throw_failure(const Launch& launch, const Failure& failure) {
    const char* reason = std::strerror(failure.error);
    switch (failure.step) {
    case Failure::Step::directory:
        throw Error(Kind::not_found, "cannot enter {}: {}", launch.dir.string(), reason);
    case Failure::Step::exec:
        throw Error(Kind::not_found, "cannot run {}: {}", launch.program.string(), reason);
    case Failure::Step::setup:
        break;
    }
    throw Error(Kind::internal, "cannot prepare {}: {}", launch.program.string(), reason);
}

} // namespace

Pipe make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        throw Error(Kind::internal, "cannot create a pipe: {}", std::strerror(errno));
    Fd write(ends[1]);
    Fd read = above_standard(ends[0]);
    return {std::move(read), above_standard(write.release())};
}

Child::Child(const Launch& launch) : own_group_(launch.own_group) {
    Vector argv(launch.argv);
    Vector environment(launch.environment);
    Pipe report = make_pipe();
    pid_ = ::fork();
    if (pid_ < 0)
        throw Error(Kind::internal, "cannot start a process: {}", std::strerror(errno));
    if (pid_ == 0)
        become(launch, argv.data(), environment.data(), report.write.get());
    report.write.reset();
    // End of file is the good news: exec closed the other end.
    Failure failure{};
    ssize_t size = 0;
    do
        size = ::read(report.read.get(), &failure, sizeof failure);
    while (size < 0 && errno == EINTR);
    if (size == static_cast<ssize_t>(sizeof failure)) {
        ::waitpid(pid_, nullptr, 0);
        throw_failure(launch, failure);
    }
    // glibc 2.36 declares pidfd_open() for C only.
    handle_ = Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    if (!handle_) {
        const int error = errno;
        signal(SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        throw Error(Kind::internal, "cannot watch a process: {}", std::strerror(error));
    }
}

Child::~Child() {
    if (pid_ < 0)
        return;
    signal(SIGKILL);
    wait();
}

void Child::signal(int number) const noexcept {
    if (pid_ > 0)
        ::kill(own_group_ ? -pid_ : pid_, number);
}

void Child::signal_alone(int number) const noexcept {
    if (pid_ > 0)
        ::kill(pid_, number);
}

int Child::wait() {
    int status = 0;
    pid_t ended = 0;
    do
        ended = ::waitpid(pid_, &status, 0);
    while (ended < 0 && errno == EINTR);
    pid_ = -1;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

} // namespace orch::process
