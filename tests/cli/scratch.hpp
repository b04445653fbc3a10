// A directory of its own with links to the binary under all its names, and an environment in which
// nothing of the real user is seen.
#pragma once

#include "lib/process/system_runner.hpp"
#include "tests/support/temp_dir.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <sys/wait.h>
#include <vector>

namespace orch::test {

class Scratch {
  public:
    Scratch() {
        std::filesystem::create_directory(dir_ / "bin");
        for (const auto* name : {"orch", "docker-machine", "docker-compose"})
            std::filesystem::create_symlink(ORCH_BINARY, dir_ / "bin" / name);
    }

    [[nodiscard]] std::string path(const std::string& name) const { return dir_ / name; }

    /// The link named "orch", "docker-machine" or "docker-compose".
    [[nodiscard]] std::string program(const std::string& name) const { return dir_ / "bin" / name; }

    [[nodiscard]] std::map<std::string, std::string> environment() const {
        return {
            {"HOME", dir_.path()},
            {"PATH", (dir_ / "bin").string() + ":/usr/local/bin:/usr/bin:/bin"},
            {"TERM", "xterm"},
            {"LC_ALL", "C.UTF-8"},
        };
    }

    /// Runs a program of ours with these variables and no others.
    [[nodiscard]] process::Outcome
    run(const std::string& name,
        const std::vector<std::string>& words,
        const std::map<std::string, std::string>& variables) const {
        std::vector<std::string> argv{"env", "-i"};
        for (const auto& [variable, value] : variables)
            argv.push_back(variable + "=" + value);
        argv.push_back(program(name));
        argv.insert(argv.end(), words.begin(), words.end());
        return process::SystemRunner().run(
            {.argv = argv, .dir = dir_.path(), .timeout = std::chrono::seconds(60)}, {}
        );
    }

    /// Runs a script of sh in that environment; its exit code.
    [[nodiscard]] int shell(const std::string& script) const {
        std::string variables;
        for (const auto& [name, value] : environment())
            variables += fmt::format(" {}='{}'", name, value);
        const auto line = fmt::format("env -i{} sh -c '{}'", variables, script);
        const int status = std::system(line.c_str());
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }

  private:
    TempDir dir_;
};

} // namespace orch::test
