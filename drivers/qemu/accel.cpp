#include "drivers/qemu/accel.hpp"

#include "drivers/qemu/command.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/process/runner.hpp"
#include "lib/progress/sink.hpp"

#include <filesystem>
#include <sys/utsname.h>

namespace orch::drivers::qemu {

namespace {

constexpr std::chrono::seconds trial_limit{5};   // where guests run, a second is enough
constexpr std::chrono::seconds running_proof{2}; // for a trial that does not end by itself

/// What this kind of computer could have; empty: nothing.
std::string best_here() {
    utsname system{};
    ::uname(&system);
    return std::string_view(system.sysname) == "Darwin" ? "hvf" : "kvm";
}

std::string first_line(const std::string& text) {
    const auto lines = text::lines(text::trim(text));
    return lines.empty() ? std::string() : lines.front();
}

/// Empty if guests run that way, else the reason why not.
std::string
trial(const std::string& program, const std::string& accel, World& world, const Job& job) {
    const auto arch = arch_of(program);
    const bool ends = arch != "aarch64";
    try {
        const auto outcome = world.processes.run(
            {.argv = trial_of(program, arch, accel), .timeout = ends ? trial_limit : running_proof},
            job.stop
        );
        if (outcome.ok() && ends)
            return {};
        const auto said = first_line(outcome.err);
        return said.empty() ? "QEMU ends with code " + std::to_string(outcome.code) : said;
    } catch (const Error& error) {
        if (error.kind() != Kind::timeout)
            throw;
        return ends ? "a guest that should take no time does not end" : "";
    }
}

std::string hint_for(const std::string& reason) {
    if (reason.find("ermission denied") != std::string::npos)
        return "let your user open /dev/kvm: sudo usermod -aG kvm $USER, and log in again";
    return "--qemu-accel tcg computes the processor, which works everywhere and is slow";
}

void say_slow(const std::string& machine, const std::string& why, const Job& job) {
    job.progress.emit(
        {.id = machine,
         .status = progress::Status::warning,
         .text = why + ": its processor is computed (tcg), which is 5 to 20 times slower"}
    );
}

} // namespace

std::string host_arch() {
    utsname system{};
    ::uname(&system);
    const std::string name = system.machine;
    return name == "arm64" ? "aarch64" : name;
}

std::string arch_of(const std::string& program) {
    constexpr std::string_view prefix = "qemu-system-";
    const auto name = std::filesystem::path(program).filename().string();
    return name.starts_with(prefix) ? name.substr(prefix.size()) : host_arch();
}

std::string settle_accel(
    const std::string& wish,
    const std::string& program,
    const std::string& machine,
    World& world,
    Job& job
) {
    if (wish == "tcg")
        return wish;
    if (wish != "auto") {
        const auto reason = trial(program, wish, world, job);
        if (!reason.empty())
            throw Error(Kind::unsupported, "--qemu-accel {} does not work here: {}", wish, reason)
                .hint("{}", hint_for(reason));
        return wish;
    }
    const auto best = best_here();
    if (arch_of(program) != host_arch()) {
        say_slow(machine, "the machine has another processor than this computer", job);
        return "tcg";
    }
    const auto reason = trial(program, best, world, job);
    if (reason.empty())
        return best;
    say_slow(machine, best + " runs no guest here (" + reason + ")", job);
    return "tcg";
}

} // namespace orch::drivers::qemu
