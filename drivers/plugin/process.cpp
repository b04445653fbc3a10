#include "drivers/plugin/process.hpp"

#include "lib/base/error.hpp"
#include "lib/os/wakeup.hpp"
#include "lib/tasks/clock.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace orch::drivers::plugin {

namespace {

constexpr std::size_t longest_line = 4096;
constexpr std::size_t errors_kept = 10;
constexpr int reads_at_a_time = 64; // of a stream that never pauses

process::Child launch(
    const std::filesystem::path& program,
    std::vector<std::string> environment,
    const process::Pipe& out,
    const process::Pipe& err
) {
    const Fd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    return process::Child({
        .program = program,
        .argv = {program.string()},
        .environment = std::move(environment),
        .in = nothing.get(),
        .out = out.write.get(),
        .err = err.write.get(),
        .own_group = true,
    });
}

/// Without colours, cursor moves and control characters: they are not for our terminal.
std::string printable(std::string_view line) {
    std::string plain;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '\x1b' && i + 1 < line.size() && line[i + 1] == '[') {
            i += 2;
            while (i < line.size() && (line[i] < '@' || line[i] > '~'))
                ++i;
        } else if (static_cast<unsigned char>(line[i]) >= ' ' && line[i] != 0x7f) {
            plain += line[i];
        }
    }
    return plain;
}

} // namespace

Process::Process(
    const std::filesystem::path& program, std::vector<std::string> environment, Listeners listeners
)
    : listeners_(std::move(listeners)), out_pipe_(process::make_pipe()),
      err_pipe_(process::make_pipe()),
      child_(launch(program, std::move(environment), out_pipe_, err_pipe_)),
      out_{std::move(out_pipe_.read)}, err_{std::move(err_pipe_.read)}, pump_(1, {}) {
    out_pipe_.write.reset();
    err_pipe_.write.reset();
    for (const auto* const stream : {&out_, &err_})
        ::fcntl(stream->fd.get(), F_SETFL, O_NONBLOCK);
    pump_.spawn([this](const std::stop_token& stop) { listen(stop); });
}

Process::~Process() { end(Span(0), false); }

std::optional<std::string> Process::first_line(Span limit, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, limit, [this] { return first_ || out_ended_; });
    if (first_ || out_ended_)
        return first_;
    tasks::check(stop);
    throw Error(
        Kind::timeout,
        "Failed to dial the plugin server in {}s: it did not say where it listens",
        std::chrono::duration<double>(limit).count()
    );
}

void Process::settle() {
    const std::lock_guard lock(reading_);
    receive(out_, true);
    receive(err_, false);
}

std::vector<std::string> Process::last_errors() {
    const std::lock_guard lock(mutex_);
    return {errors_.begin(), errors_.end()};
}

std::optional<int> Process::wait(Span patience) {
    {
        const std::lock_guard lock(mutex_);
        if (code_)
            return code_;
    }
    pollfd ended{child_.fd(), POLLIN, 0};
    if (::poll(&ended, 1, static_cast<int>(patience.count())) <= 0)
        return std::nullopt;
    const std::lock_guard lock(mutex_);
    if (!code_)
        code_ = child_.wait();
    return code_;
}

void Process::end(Span patience, bool with_children) {
    if (with_children)
        child_.signal(SIGKILL);
    if (wait(patience))
        return;
    child_.signal_alone(SIGTERM);
    if (wait(patience))
        return;
    child_.signal_alone(SIGKILL);
    const std::lock_guard lock(mutex_);
    if (!code_)
        code_ = child_.wait();
}

/// Until both streams have ended. A program that the plugin started may keep them open for ever.
void Process::listen(const std::stop_token& stop) {
    const os::Wakeup wakeup(stop);
    bool open = true;
    while (open && !stop.stop_requested()) {
        std::array<pollfd, 3> polled{{{-1, POLLIN, 0}, {-1, POLLIN, 0}, {wakeup.fd(), POLLIN, 0}}};
        {
            const std::lock_guard lock(reading_);
            polled[0].fd = out_.fd.get(); // poll() skips the descriptor -1 of one that has ended
            polled[1].fd = err_.fd.get();
        }
        ::poll(polled.data(), polled.size(), -1);
        const std::lock_guard lock(reading_);
        const bool out_open = receive(out_, true);
        open = receive(err_, false) || out_open;
    }
}

/// Takes what there is at the moment. False once the stream has ended.
bool Process::receive(Stream& stream, bool is_out) {
    std::array<char, 16384> buffer{};
    for (int i = 0; i < reads_at_a_time && stream.fd; ++i) {
        const auto size = ::read(stream.fd.get(), buffer.data(), buffer.size());
        if (size > 0) {
            take({buffer.data(), static_cast<std::size_t>(size)}, stream, is_out);
            continue;
        }
        if (size < 0 && (errno == EAGAIN || errno == EINTR))
            return true;
        if (!stream.line.empty())
            finish_line(stream, is_out);
        stream.fd.reset();
        const std::lock_guard lock(mutex_);
        out_ended_ = out_ended_ || is_out;
        changed_.notify_all();
    }
    return static_cast<bool>(stream.fd);
}

void Process::take(std::string_view bytes, Stream& stream, bool is_out) {
    for (const char c : bytes) {
        if (c == '\n')
            finish_line(stream, is_out);
        else if (stream.line.size() < longest_line)
            stream.line += c == '\t' ? ' ' : c;
        else if (is_out && !named_)
            finish_line(stream, true); // without an end it is no address: not waited for
    }
}

void Process::finish_line(Stream& stream, bool is_out) {
    auto line = printable(std::exchange(stream.line, {}));
    if (is_out && !named_) {
        named_ = true;
        const std::lock_guard lock(mutex_);
        first_ = std::move(line);
        changed_.notify_all();
        return;
    }
    if (!is_out) {
        const std::lock_guard lock(mutex_);
        errors_.push_back(line);
        if (errors_.size() > errors_kept)
            errors_.pop_front();
    }
    const auto& listener = is_out ? listeners_.out : listeners_.err;
    if (listener)
        listener(line);
}

} // namespace orch::drivers::plugin
