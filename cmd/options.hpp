// Declaring options: what CLI11 leaves to each caller, done in one way.
#pragma once

#include "cmd/session.hpp"

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace orch::cmd {

/// An option that may be given several times, one value each time.
CLI::Option* add_list(
    CLI::App& app,
    const std::string& names,
    std::vector<std::string>& values,
    const std::string& help
);

/// An option whose value is one of `allowed`; completion offers them.
CLI::Option* add_choice(
    CLI::App& app,
    Session& session,
    const std::string& names,
    std::string& value,
    std::vector<std::string> allowed,
    const std::string& help
);

/// A whole number of seconds, 0 or more.
CLI::Option*
add_seconds(CLI::App& app, const std::string& names, int& value, const std::string& help);

/// Takes the option's default from the environment if the variable is set, not empty, and fits.
CLI::Option* from_env(CLI::Option* option, const std::string& variable, const Session& session);

/// How the options of one driver are kept apart: option->group(driver_section("generic")). Help and
/// completion show a section only if --driver names that driver.
std::string driver_section(std::string_view driver);

/// Whether help and completion show the option: it is not hidden and of no other driver.
bool is_shown(const CLI::App& app, const CLI::Option& option);

} // namespace orch::cmd
