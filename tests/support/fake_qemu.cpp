#include "tests/support/fake_qemu.hpp"

#include "lib/base/error.hpp"
#include "lib/fs/files.hpp"

#include <algorithm>

namespace orch::test {

namespace {

process::Outcome next(std::deque<std::string>& refusals) {
    if (refusals.empty())
        return {};
    process::Outcome outcome{.code = 1, .out = {}, .err = refusals.front()};
    refusals.pop_front();
    return outcome;
}

} // namespace

process::Outcome FakeQemu::run(const process::Command& command, const std::stop_token&) {
    const auto& argv = command.argv;
    calls.push_back(argv);
    const auto has = [&](const char* word) {
        return std::find(argv.begin(), argv.end(), word) != argv.end();
    };
    if (argv[0].find("qemu-") == std::string::npos || argv[0].ends_with("-nothing"))
        throw Error(Kind::not_found, "there is no program {}", argv[0]);
    if (has("--version"))
        return {.out = "QEMU emulator version " + version + " (Debian)\n", .err = {}};
    if (argv[0] == "qemu-img")
        return image(argv);
    if (has("-daemonize")) {
        ++launches;
        return next(launch_refusals);
    }
    ++trials;
    return next(trial_refusals);
}

int FakeQemu::run_attached(const process::Command&) {
    throw Error(Kind::internal, "nothing of QEMU is run attached");
}

bool FakeQemu::said_last(const std::string& part) const {
    return std::any_of(calls.back().begin(), calls.back().end(), [&](const auto& word) {
        return word.find(part) != std::string::npos;
    });
}

process::Outcome FakeQemu::image(const std::vector<std::string>& argv) const {
    if (argv[1] == "info")
        return {.out = info, .err = {}};
    if (argv[1] == "convert")
        fs::write_atomic(argv.back(), "", 0644);
    return {};
}

} // namespace orch::test
