#include "drivers/virtualbox/vboxmanage.hpp"

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/tasks/clock.hpp"

#include <array>
#include <chrono>

namespace orch::drivers::virtualbox {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds pause{100};
constexpr std::chrono::minutes lock_patience{5}; // each holder has it for some seconds

/// What passes by itself, and how often it is tried again.
struct Passing {
    std::string_view words;
    int tries;
};

constexpr std::array passing_faults{
    Passing{"error: The object is not ready", 20},
    Passing{"VBOX_E_INVALID_OBJECT_STATE", 30},
    Passing{"is already locked", 30},
    Passing{"while it is locked", 30},
};

int tries_for(const std::string& err) {
    for (const auto& fault : passing_faults)
        if (err.find(fault.words) != std::string::npos)
            return fault.tries;
    return 0;
}

constexpr std::array folders{
    "VBOX_INSTALL_PATH",
    "VBOX_MSI_INSTALL_PATH",
};

constexpr auto macos_folder = "/Applications/VirtualBox.app/Contents/MacOS";

Error not_installed() {
    Error error(
        Kind::not_found,
        "VBoxManage not found. Make sure VirtualBox is installed and VBoxManage is in the path"
    );
    return error.hint("virtualbox.org has it; where it is installed in a folder of its own, set "
                      "VBOX_INSTALL_PATH to that");
}

} // namespace

std::optional<std::filesystem::path> find_vboxmanage(const os::Environment& environment) {
    if (auto found = process::find_program("VBoxManage", environment.get_or("PATH", "")))
        return found;
    for (const auto* variable : folders)
        if (const auto folder = environment.get_or(variable, ""); !folder.empty())
            if (auto found = process::find_program("VBoxManage", folder))
                return found;
    return process::find_program("VBoxManage", macos_folder);
}

process::Outcome VBoxManage::call(const process::Command& command, const std::stop_token& stop) {
    auto outcome = world_.processes.run(command, stop);
    if (outcome.ok() && outcome.err.find("error:") != std::string::npos)
        outcome.code = 1;
    return outcome;
}

process::Outcome VBoxManage::attempt(
    const Args& args, std::function<std::size_t(std::span<char>)> input, const std::stop_token& stop
) {
    if (program_.empty()) {
        const auto found = find_vboxmanage(environment_);
        if (!found)
            throw not_installed();
        program_ = found->string();
    }
    process::Command command{.argv = {program_}, .env = {{"LC_ALL", "C"}, {"LANGUAGE", "C"}}};
    command.argv.insert(command.argv.end(), args.begin(), args.end());
    command.input_source = std::move(input);
    auto outcome = call(command, stop);
    for (int tried = 1; !outcome.ok() && !command.input_source && tried < tries_for(outcome.err);
         ++tried) {
        world_.clock.sleep(pause, stop);
        outcome = call(command, stop);
    }
    return outcome;
}

process::Outcome VBoxManage::attempt(const Args& args, const std::stop_token& stop) {
    return attempt(args, {}, stop);
}

std::string VBoxManage::run(const Args& args, const std::stop_token& stop) {
    auto outcome = attempt(args, stop);
    if (!outcome.ok())
        throw failure_of(args, outcome);
    return std::move(outcome.out);
}

std::optional<VmInfo> VBoxManage::show(const std::string& machine, const std::stop_token& stop) {
    const Args args{"showvminfo", machine, "--machinereadable"};
    const auto outcome = attempt(args, stop);
    if (outcome.ok())
        return VmInfo(outcome.out);
    if (says_no_machine(outcome.err))
        return std::nullopt;
    throw failure_of(args, outcome);
}

fs::Lock VBoxManage::alone(const std::stop_token& stop) const {
    const auto cache = environment_.get("XDG_CACHE_HOME");
    const auto base =
        cache && !cache->empty() ? std::filesystem::path(*cache) : environment_.home() / ".cache";
    return {base / "orch" / "virtualbox.lock", lock_patience, stop};
}

Error failure_of(const Args& args, const process::Outcome& outcome) {
    const auto said = error_line(outcome.err);
    Error error(
        Kind::remote,
        "VBoxManage {} failed: {}",
        args.empty() ? "" : args.front(),
        said.empty() ? fmt::format("exit code {}", outcome.code) : said
    );
    error.detail("VBoxManage " + text::shell_join(args));
    for (const auto& line : text::lines(outcome.err))
        error.detail(line);
    return error;
}

} // namespace orch::drivers::virtualbox
