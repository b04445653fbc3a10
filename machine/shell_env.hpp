// What `env` prints: the commands that set or unset variables, in the words of each shell.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace orch::machine {

using Variables = std::vector<std::pair<std::string, std::string>>;

/// One line per variable that sets it, then two comment lines that say how to use the output.
/// `shell` is "bash", "zsh", "fish", "powershell", "cmd", "tcsh", "emacs"; anything else is a POSIX
/// shell. `command_line` is what the user typed. Values are quoted so that the shell reads them
/// back.
std::string
set_commands(const std::string& shell, const Variables& variables, const std::string& command_line);

/// The same for taking the variables away.
std::string unset_commands(
    const std::string& shell, const std::vector<std::string>& names, const std::string& command_line
);

/// A statement that fails when it is evaluated: what `eval "$(... env bad)"` needs to notice.
std::string failing_statement(const std::string& shell);

/// NO_PROXY with `address` added, unless it is in there already.
std::string add_to_no_proxy(const std::string& no_proxy, const std::string& address);

} // namespace orch::machine
