#include "drivers/qemu/process.hpp"

#include "drivers/qemu/qmp.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/fs/files.hpp"
#include "lib/log/log.hpp"
#include "lib/net/local.hpp"
#include "lib/process/runner.hpp"
#include "lib/progress/sink.hpp"
#include "lib/tasks/retry.hpp"
#include "lib/tls/digest.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <sys/stat.h>
#include <unistd.h>

namespace orch::drivers::qemu {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds start_limit{60};
constexpr seconds down_patience{120};
constexpr seconds press_again{30}; // a guest that boots may have missed the button
constexpr seconds end_patience{5}; // for each way of ending the process

pid_t pid_in(const std::filesystem::path& file) {
    try {
        const auto text = fs::read_file(file);
        const auto digits = text::trim(text);
        pid_t pid = 0;
        std::from_chars(digits.data(), digits.data() + digits.size(), pid);
        return pid;
    } catch (const Error& error) {
        if (error.kind() != Kind::not_found)
            throw;
        return 0;
    }
}

/// The words it was started with. Empty if it has ended, even if nobody has reaped it yet.
std::vector<std::string> words_of(pid_t pid) {
    try {
        return text::split(fs::read_file(fmt::format("/proc/{}/cmdline", pid)), '\0');
    } catch (const Error& error) {
        log::debug("qemu", "process {}: {}", pid, error.message());
        return {};
    }
}

bool ends_within(seconds patience, const Place& place, World& world, const std::stop_token& stop) {
    tasks::Backoff backoff(
        {.first_pause = milliseconds(50),
         .longest_pause = milliseconds(500),
         .give_up_after = patience},
        world.clock
    );
    while (find_process(place))
        if (!backoff.pause(stop))
            return false;
    return true;
}

/// QMP, where a machine that ends in the middle of it has done what it was asked for. Whether it
/// answered.
bool ask_to_end(const Place& place, const std::string& command, const std::stop_token& stop) {
    try {
        qmp(place.monitor, command, stop);
        return true;
    } catch (const Error& error) {
        if (error.kind() == Kind::cancelled)
            throw;
        log::debug("qemu", "{}: {}", command, error.message());
        return false;
    }
}

void forget_files(const Place& place) {
    std::error_code ignored;
    std::filesystem::remove(place.monitor, ignored);
    std::filesystem::remove(place.pid_file, ignored);
}

struct Cause {
    const char* words;
    Kind kind;
    const char* hint;
};

/// QEMU's words for what a user can do something about.
constexpr Cause causes[] = {
    {"Could not set up host forwarding rule",
     Kind::conflict,
     "a port of this computer is in use; the next start chooses others, those of --qemu-publish "
     "are yours to free"},
    {"Failed to get \"write\" lock", Kind::conflict, "another process uses the machine's disk"},
    {"Permission denied",
     Kind::denied,
     "see what your user lacks; for /dev/kvm it is the group kvm"},
    {"Cannot allocate memory",
     Kind::internal,
     "free some memory, or make the machine with a smaller --qemu-memory"},
};

Error launch_failure(const Launch& launch, const process::Outcome& outcome) {
    auto lines = text::lines(text::trim(outcome.err));
    if (lines.empty())
        lines.push_back(fmt::format("it ended with code {} and said nothing", outcome.code));
    const auto* const cause =
        std::find_if(std::begin(causes), std::end(causes), [&](const Cause& c) {
            return outcome.err.find(c.words) != std::string::npos;
        });
    const bool known = cause != std::end(causes);
    Error error(
        known ? cause->kind : Kind::remote, "{} does not start: {}", launch.program, lines.front()
    );
    for (auto line = lines.begin() + 1; line != lines.end(); ++line)
        error.detail(*line);
    if (known)
        error.hint("{}", cause->hint);
    return error;
}

bool says(const Error& error, std::string_view words) {
    const auto holds = [&](const std::string& line) {
        return line.find(words) != std::string::npos;
    };
    return holds(error.message()) ||
           std::any_of(error.details().begin(), error.details().end(), holds);
}

/// A directory below /tmp could be somebody else's.
void require_own(const std::filesystem::path& dir) {
    struct stat status {};

    const bool own = ::lstat(dir.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
                     status.st_uid == ::geteuid() && (status.st_mode & 077) == 0;
    if (!own)
        throw Error(Kind::denied, "{} is not a private directory of yours", dir.string())
            .hint("remove it, or use a store with a shorter path");
}

} // namespace

std::optional<pid_t> find_process(const Place& place) {
    const auto pid = pid_in(place.pid_file);
    if (pid <= 1)
        return std::nullopt;
    const auto words = words_of(pid);
    const auto option = std::find(words.begin(), words.end(), "-pidfile");
    if (option == words.end() || option + 1 == words.end())
        return std::nullopt;
    // The store may have been named by another path then; a copy of it has another file.
    std::error_code missing;
    const bool ours = std::filesystem::equivalent(*(option + 1), place.pid_file, missing);
    return ours ? std::optional(pid) : std::nullopt;
}

State state_of(std::string_view status) {
    struct Row {
        std::string_view status;
        State state;
    };

    // What is not in the table is internal-error, io-error, guest-panicked, watchdog.
    constexpr Row rows[] = {
        {"running", State::running},
        {"debug", State::running},
        {"save-vm", State::running},
        {"finish-migrate", State::running},
        {"colo", State::running},
        {"paused", State::paused},
        {"suspended", State::paused},
        {"prelaunch", State::starting},
        {"inmigrate", State::starting},
        {"restore-vm", State::starting},
        {"shutdown", State::stopped},
        {"postmigrate", State::stopped},
    };
    for (const auto& row : rows)
        if (row.status == status)
            return row.state;
    return State::error;
}

State ask_state(const Place& place, const std::stop_token& stop) {
    if (!find_process(place))
        return State::stopped;
    try {
        return state_of(qmp(place.monitor, "query-status", stop).value("status", ""));
    } catch (const Error& error) {
        if (error.kind() == Kind::cancelled)
            throw;
        log::debug("qemu", "{}", error.message());
        return find_process(place) ? State::error : State::stopped;
    }
}

void launch(const Launch& launch, World& world, Job& job) {
    forget_files({launch.pid_file, launch.monitor});
    const auto outcome =
        world.processes.run({.argv = command_of(launch), .timeout = start_limit}, job.stop);
    if (!outcome.ok())
        throw launch_failure(launch, outcome);
    for (const auto& line : text::lines(text::trim(outcome.err)))
        log::debug("qemu", "{}", line);
}

void power_down(const Place& place, const std::string& machine, World& world, Job& job) {
    const auto deadline = world.clock.now() + down_patience;
    for (auto left = down_patience; left > seconds(0);
         left = std::chrono::duration_cast<seconds>(deadline - world.clock.now())) {
        ask_to_end(place, "system_powerdown", job.stop);
        if (ends_within(std::min(left, press_again), place, world, job.stop))
            return forget_files(place);
        job.progress.emit({.parent = machine, .text = "Waiting for the guest to shut down"});
    }
    throw Error(
        Kind::timeout,
        "machine \"{}\" does not shut down within {} s",
        machine,
        down_patience.count()
    )
        .hint("orch machine kill {} ends it at once", machine);
}

void kill(const Place& place, World& world, const Job& job) {
    if (find_process(place) && ask_to_end(place, "quit", job.stop))
        ends_within(end_patience, place, world, job.stop);
    for (const int number : {SIGTERM, SIGKILL}) {
        const auto pid = find_process(place);
        if (!pid)
            break;
        ::kill(*pid, number);
        ends_within(end_patience, place, world, job.stop);
    }
    if (const auto pid = find_process(place))
        throw Error(Kind::internal, "process {} cannot be ended", *pid);
    forget_files(place);
}

void resume(const Place& place, const std::stop_token& stop) { qmp(place.monitor, "cont", stop); }

bool is_port_conflict(const Error& error) {
    return says(error, "Could not set up host forwarding rule");
}

bool is_multicast_failure(const Error& error) {
    return says(error, "IP_ADD_MEMBERSHIP") || says(error, "multicast");
}

std::filesystem::path
monitor_path(const std::filesystem::path& dir, const std::filesystem::path& runtime) {
    auto path = dir / "monitor";
    if (path.native().size() <= net::longest_socket_path)
        return path;
    const auto name = tls::sha256_hex(dir.string()).substr(0, 16) + ".sock";
    const auto below = runtime / "orch";
    const bool fits =
        runtime.is_absolute() && (below / name).native().size() <= net::longest_socket_path;
    const auto room =
        fits ? below : std::filesystem::path(fmt::format("/tmp/orch-{}", ::geteuid()));
    fs::make_private_dir(room);
    require_own(room);
    return room / name;
}

} // namespace orch::drivers::qemu
