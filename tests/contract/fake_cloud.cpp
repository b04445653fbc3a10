#include "tests/contract/fake_cloud.hpp"

#include "lib/base/text.hpp"
#include "lib/fs/files.hpp"
#include "lib/process/system_runner.hpp"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace orch::test {

namespace {

using std::chrono::milliseconds;

std::string settings_file(const std::string& driver) {
    return ORCH_SOURCES "/tests/e2e/cloud/" + driver + ".sh";
}

} // namespace

bool FakeCloud::exists(const std::string& driver) {
    return std::filesystem::exists(settings_file(driver));
}

FakeCloud::FakeCloud(const std::string& driver) {
    const auto port_file = (dir_.path() / "port").string();
    const std::string program = ORCH_SOURCES "/tests/fakes/cloud/serve";
    const auto log = (dir_.path() / "log").string();
    process_ = ::fork();
    if (process_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGTERM); // a test that crashes leaves no server
        if (std::freopen(log.c_str(), "w", stderr) != nullptr)
            ::execl(
                program.c_str(),
                program.c_str(),
                driver.c_str(),
                port_file.c_str(),
                "--boot",
                "none",
                "--delay",
                "0",
                nullptr
            );
        ::_exit(127);
    }
    for (int i = 0; i < 1000 && !std::filesystem::exists(port_file); ++i)
        std::this_thread::sleep_for(milliseconds(10));
    const auto port = std::string(text::trim(fs::read_file(port_file)));
    url_ = "http://127.0.0.1:" + port;
    read_settings(driver, port);
}

FakeCloud::~FakeCloud() {
    ::kill(process_, SIGTERM);
    ::waitpid(process_, nullptr, 0);
}

/// What a shell has after the file was sourced: its variables, the secret, the options.
void FakeCloud::read_settings(const std::string& driver, const std::string& port) {
    process::SystemRunner runner;
    const auto said = runner.run(
        {.argv =
             {"bash",
              "-euc",
              "root=$1 cloud=$2 scratch=$3 port=$4; source \"$root/tests/e2e/cloud/$cloud.sh\"; "
              "endpoint \"$port\"; env -0; printf 'SECRET %s\\0' \"$secret\"; "
              "for word in \"${options[@]}\"; do printf 'OPTION %s\\0' \"$word\"; done",
              "bash",
              ORCH_SOURCES,
              driver,
              dir_.path().string(),
              port}},
        {}
    );
    if (!said.ok())
        throw std::runtime_error(settings_file(driver) + ": " + said.err);
    std::map<std::string, std::string, std::less<>> variables;
    for (const auto& line : text::split(said.out, '\0')) {
        const auto equals = line.find('=');
        if (line.starts_with("SECRET "))
            secret_ = line.substr(7);
        else if (line.starts_with("OPTION "))
            options_.push_back(line.substr(7));
        else if (equals != std::string::npos)
            variables[line.substr(0, equals)] = line.substr(equals + 1);
    }
    variables["HOME"] = dir_.path().string();
    environment_ = os::Environment(std::move(variables));
}

os::Environment FakeCloud::without_secrets(const drivers::Info& info) const {
    auto variables = environment_.all();
    for (const auto& option : info.options)
        if (option.secret)
            variables.erase(option.env);
    return os::Environment(std::move(variables));
}

drivers::Values FakeCloud::values(const drivers::Info& info) const {
    drivers::Values values;
    for (const auto& option : info.options) {
        auto raw = option.env.empty() ? "" : environment_.get_or(option.env, "");
        if (raw.empty() && !option.env_else.empty())
            raw = environment_.get_or(option.env_else, "");
        for (std::size_t i = 0; i < options_.size(); ++i) {
            if (options_[i] == "--" + option.name)
                raw = option.kind == drivers::OptionKind::flag ? "true" : options_.at(i + 1);
            else if (options_[i].starts_with("--" + option.name + "="))
                raw = options_[i].substr(option.name.size() + 3);
        }
        values.set(
            option.name, drivers::value_from_text(option, raw.empty() ? option.fallback : raw)
        );
    }
    return values;
}

} // namespace orch::test
