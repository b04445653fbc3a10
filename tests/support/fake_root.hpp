// A directory that stands for a host's root: the generated scripts run in it for real, with fake
// package and service managers that behave like the real ones and write down how they were called.
#pragma once

#include "lib/process/runner.hpp"
#include "tests/support/temp_dir.hpp"

#include <string>
#include <vector>

namespace orch::test {

class FakeRoot {
  public:
    /// With the ordinary tools of a system and an `installed` list of packages.
    explicit FakeRoot(const std::vector<std::string>& installed = {"curl", "ca-certificates"});

    /// A program that notes "NAME ARGUMENTS" and then runs `body` ($root is the directory). What
    /// `questions` answers is not noted: it ends with exit then.
    void program(
        const std::string& name, const std::string& body = "", const std::string& questions = ""
    );

    /// Fake package managers of all families, which fail once with `locked` if that is not empty.
    void package_managers(const std::string& locked = "");

    /// Runs a script with /bin/sh, its absolute paths below the directory.
    process::Outcome run(const std::string& script);

    /// What was called since the last question, one line for each call.
    std::vector<std::string> calls();

    void write(const std::string& path, const std::string& content);
    void make_executable(const std::string& path);
    [[nodiscard]] std::string read(const std::string& path) const;
    [[nodiscard]] bool has(const std::string& path) const;

  private:
    TempDir dir_;
};

/// Whether `shell` (words) can parse the script; its complaint if not.
std::string syntax_error(const std::vector<std::string>& shell, const std::string& script);

} // namespace orch::test
