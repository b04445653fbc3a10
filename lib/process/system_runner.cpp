#include "lib/process/system_runner.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/log/log.hpp"
#include "lib/os/wakeup.hpp"
#include "lib/process/child.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace orch::process {

namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds grace{1000};        // between SIGTERM and SIGKILL
constexpr std::size_t pipe_size = 1 << 20; // what an unprivileged process may ask for

Launch make_launch(const Command& command, const os::Environment& inherited) {
    if (command.argv.empty())
        throw Error(Kind::internal, "a command without a program");
    auto variables = inherited.all();
    for (const auto& [name, value] : command.env)
        variables.insert_or_assign(name, value);
    const auto path = variables.find("PATH");
    const auto program =
        find_program(command.argv[0], path == variables.end() ? "/usr/bin:/bin" : path->second);
    if (!program)
        throw Error(Kind::not_found, "{} is not installed or not on PATH", command.argv[0]);
    Launch launch{.program = *program, .argv = command.argv, .environment = {}, .dir = command.dir};
    for (const auto& [name, value] : variables)
        launch.environment.push_back(name + "=" + value);
    log::debug("process", "{}", text::shell_join(command.argv));
    return launch;
}

/// A write to a pipe that nobody reads kills the process, unless the signal is held back from this
/// thread and taken away again.
class NoSigpipe {
  public:
    NoSigpipe() {
        ::sigemptyset(&set_);
        ::sigaddset(&set_, SIGPIPE);
        ::pthread_sigmask(SIG_BLOCK, &set_, &before_);
    }

    ~NoSigpipe() {
        const timespec now{};
        while (::sigtimedwait(&set_, nullptr, &now) < 0 && errno == EINTR) {
        }
        ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }

    NoSigpipe(const NoSigpipe&) = delete;
    NoSigpipe& operator=(const NoSigpipe&) = delete;

  private:
    sigset_t set_{};
    sigset_t before_{};
};

void make_nonblocking(const Fd& fd) { ::fcntl(fd.get(), F_SETFL, O_NONBLOCK); }

bool would_block() { return errno == EAGAIN || errno == EINTR; }

/// A child with pipes on all three streams, and what went through them.
class Session {
  public:
    Session(const Command& command, Launch launch, const std::stop_token& stop)
        : command_(command), stop_(stop), wakeup_(stop), streams_(launch), child_(launch),
          deadline_(SteadyClock::now() + command.timeout) {
        if (command.input_source) // fewer rounds for gigabytes; no matter if it is refused
            ::fcntl(streams_.in.get(), F_SETPIPE_SZ, static_cast<int>(pipe_size));
        streams_.child_in.reset();
        streams_.child_out.reset();
        streams_.child_err.reset();
    }

    Outcome finish() {
        while (!exchange(remaining())) {
            if (stop_.stop_requested()) {
                end();
                throw Error(Kind::cancelled, "interrupted");
            }
            if (command_.timeout.count() > 0 && SteadyClock::now() >= deadline_) {
                end();
                throw Error(
                    Kind::timeout,
                    "{} did not finish within {} s",
                    command_.argv[0],
                    std::chrono::duration<double>(command_.timeout).count()
                );
            }
        }
        drain(streams_.out, outcome_.out);
        drain(streams_.err, outcome_.err);
        outcome_.code = child_.wait();
        return std::move(outcome_);
    }

  private:
    /// The pipes; built before the child, whose ends the parent drops once it runs.
    struct Streams {
        explicit Streams(Launch& launch) {
            connect(launch.in, child_in, in, false);
            connect(launch.out, child_out, out, true);
            connect(launch.err, child_err, err, true);
        }

        static void connect(int& slot, Fd& theirs, Fd& ours, bool reads) {
            Pipe pipe = make_pipe();
            ours = std::move(reads ? pipe.read : pipe.write);
            theirs = std::move(reads ? pipe.write : pipe.read);
            make_nonblocking(ours);
            slot = theirs.get();
        }

        void close() {
            in.reset();
            out.reset();
            err.reset();
        }

        Fd in, out, err;
        Fd child_in, child_out, child_err;
    };

    [[nodiscard]] int remaining() const {
        if (command_.timeout.count() <= 0)
            return -1;
        const auto left = std::chrono::ceil<milliseconds>(deadline_ - SteadyClock::now()).count();
        return static_cast<int>(std::clamp<milliseconds::rep>(left, 0, 3'600'000));
    }

    /// The input that is not written yet; empty at its end.
    std::string_view pending() {
        if (!command_.input_source)
            return std::string_view(command_.input).substr(written_);
        if (written_ == piece_.size() && streams_.in) {
            piece_.resize(pipe_size);
            piece_.resize(command_.input_source(piece_));
            written_ = 0;
        }
        return std::string_view(piece_).substr(written_);
    }

    /// One round of waiting and moving bytes; true once the child has ended.
    bool exchange(int timeout) {
        const auto input = pending();
        if (input.empty())
            streams_.in.reset();
        // poll() skips the descriptor -1 of a closed stream.
        std::array<pollfd, 5> polled{{
            {child_.fd(), POLLIN, 0},
            {wakeup_.fd(), POLLIN, 0},
            {streams_.in.get(), POLLOUT, 0},
            {streams_.out.get(), POLLIN, 0},
            {streams_.err.get(), POLLIN, 0},
        }};
        if (::poll(polled.data(), polled.size(), timeout) <= 0)
            return false;
        if (polled[2].revents != 0)
            feed(input);
        if (polled[3].revents != 0)
            receive(streams_.out, outcome_.out);
        if (polled[4].revents != 0)
            receive(streams_.err, outcome_.err);
        return polled[0].revents != 0;
    }

    void feed(std::string_view input) {
        const NoSigpipe guard;
        const auto size = ::write(streams_.in.get(), input.data(), input.size());
        if (size >= 0)
            written_ += static_cast<std::size_t>(size);
        else if (!would_block())
            streams_.in.reset(); // the child does not want the rest
    }

    void keep(std::string_view chunk, std::string& to) {
        to.append(chunk);
        if (command_.on_output)
            command_.on_output(chunk);
    }

    /// One read only: a stream that never pauses must not keep the others or the deadline waiting.
    /// Returns the number of bytes.
    std::size_t receive(Fd& fd, std::string& to) {
        const auto size = ::read(fd.get(), buffer_.data(), buffer_.size());
        if (size > 0)
            keep({buffer_.data(), static_cast<std::size_t>(size)}, to);
        else if (size == 0 || !would_block())
            fd.reset();
        return static_cast<std::size_t>(std::max<ssize_t>(size, 0));
    }

    /// What an ended child left in the pipe: at most the pipe's capacity, because a grandchild may
    /// go on writing for ever.
    void drain(Fd& fd, std::string& to) {
        auto left = fd ? ::fcntl(fd.get(), F_GETPIPE_SZ) : 0;
        while (fd && left > 0) {
            const auto size = receive(fd, to);
            if (size == 0)
                return;
            left -= static_cast<int>(size);
        }
    }

    void end() {
        child_.signal(SIGTERM);
        streams_.close();
        pollfd ended{child_.fd(), POLLIN, 0};
        ::poll(&ended, 1, static_cast<int>(grace.count()));
        // Also for the rest of the group, when its leader has ended; not reaped, it still owns the
        // group's number.
        child_.signal(SIGKILL);
        child_.wait();
    }

    const Command& command_;
    const std::stop_token& stop_;
    os::Wakeup wakeup_;
    Streams streams_;
    Child child_;
    SteadyClock::time_point deadline_;
    std::string piece_;       // of the source
    std::size_t written_ = 0; // of the input or of the piece
    std::array<char, 65536> buffer_{};
    Outcome outcome_;
};

} // namespace

Outcome SystemRunner::run(const Command& command, const std::stop_token& stop) {
    Launch launch = make_launch(command, environment_);
    launch.own_group = true;
    if (stop.stop_requested())
        throw Error(Kind::cancelled, "interrupted");
    return Session(command, std::move(launch), stop).finish();
}

int SystemRunner::run_attached(const Command& command) {
    return Child(make_launch(command, environment_)).wait();
}

std::optional<std::filesystem::path>
find_program(const std::string& program, const std::string& path) {
    const auto runnable = [](const std::filesystem::path& file) {
        std::error_code error;
        return std::filesystem::is_regular_file(file, error) && ::access(file.c_str(), X_OK) == 0;
    };
    if (program.empty())
        return std::nullopt;
    if (program.find('/') != std::string::npos)
        return runnable(program) ? std::optional(std::filesystem::absolute(program)) : std::nullopt;
    for (const auto& folder : text::split(path, ':')) {
        // An empty piece of PATH means the working directory.
        const auto file = std::filesystem::absolute(folder.empty() ? "." : folder) / program;
        if (runnable(file))
            return file.lexically_normal();
    }
    return std::nullopt;
}

} // namespace orch::process
