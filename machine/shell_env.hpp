// What `env` prints: variables of a machine in the syntax of a shell. Values in, text out.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace orch::machine {

enum class Shell { posix, fish, powershell, cmd, tcsh, emacs };

/// From a --shell option or the path in $SHELL ("/usr/bin/fish", "cmd.exe"); what is unknown or
/// empty speaks POSIX.
Shell shell_called(std::string_view name_or_path);

struct Variable {
    std::string name;
    std::string value;
    bool operator==(const Variable&) const = default;
};

/// Of the docker command line, in docker-machine's order.
std::vector<Variable>
docker_variables(std::string url, std::string cert_dir, std::string machine_name);

/// For --no-proxy: the variable that is in use (no_proxy if it is not empty, else NO_PROXY) with
/// `address` among its hosts.
Variable proxy_exception(
    std::string_view lower_case_value, std::string_view upper_case_value, std::string_view address
);

/// One line each, for a shell to evaluate: whatever the value holds, the variable gets just that.
/// Harmless values look as docker-machine prints them.
std::string set_lines(Shell shell, const std::vector<Variable>& variables);
std::string unset_lines(Shell shell, const std::vector<std::string>& names);

/// Two comment lines that show how to evaluate the output of `command_line`.
std::string hint_lines(Shell shell, const std::vector<std::string>& command_line);

} // namespace orch::machine
