#include "machine/shell_env.hpp"

#include "lib/base/text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace orch::machine {

namespace {

/// How a shell writes things; {0} and {1} are the variable's name and value, or the command line.
struct Syntax {
    std::string_view name;
    std::string_view set;
    std::string_view unset;
    std::string_view comment;
    std::string_view hint;
    std::string_view failure;
    std::string_view escaped; // characters that get `escape` in front inside the value's quotes
    std::string_view escape;
};

constexpr Syntax posix{
    "", "export {0}=\"{1}\"", "unset {0}", "#", "eval $({0})", "false", "\\\"$`", "\\"};

constexpr std::array shells{
    Syntax{
        "fish", "set -gx {0} \"{1}\";", "set -e {0};", "#", "eval ({0})", "false;", "\\\"$", "\\"},
    Syntax{
        "powershell",
        "$Env:{0} = \"{1}\"",
        "Remove-Item Env:\\\\{0}",
        "#",
        "& {0} | Invoke-Expression",
        "throw \"docker-machine env failed\"",
        "\"$`",
        "`",
    },
    Syntax{
        "cmd",
        "SET {0}={1}",
        "SET {0}=",
        "REM",
        "\t@FOR /f \"tokens=*\" %i IN ('{0}') DO @%i",
        "EXIT /B 1",
        "%^&|<>",
        "^",
    },
    Syntax{
        "tcsh", "setenv {0} \"{1}\";", "unsetenv {0};", ":", "eval `{0}`", "false;", "\"$`", "\\"},
    Syntax{
        "emacs",
        "(setenv \"{0}\" \"{1}\")",
        "(setenv \"{0}\" nil)",
        ";;",
        "(with-temp-buffer (shell-command \"{0}\" (current-buffer)) (eval-buffer))",
        "(error \"docker-machine env failed\")",
        "\\\"",
        "\\",
    },
};

const Syntax& syntax_of(const std::string& shell) {
    const auto found = std::find_if(shells.begin(), shells.end(), [&](const Syntax& known) {
        return known.name == shell;
    });
    return found == shells.end() ? posix : *found;
}

std::string escape(const Syntax& syntax, std::string_view value) {
    std::string result;
    for (const char c : value) {
        if (syntax.escaped.find(c) != std::string_view::npos)
            result += syntax.escape;
        result += c;
    }
    return result;
}

std::string hint_lines(const Syntax& syntax, const std::string& command_line) {
    return fmt::format(
        "{0} Run this command to configure your shell: \n{0} {1}\n",
        syntax.comment,
        fmt::format(fmt::runtime(syntax.hint), command_line)
    );
}

} // namespace

std::string set_commands(
    const std::string& shell, const Variables& variables, const std::string& command_line
) {
    const auto& syntax = syntax_of(shell);
    std::string output;
    for (const auto& [name, value] : variables)
        output += fmt::format(fmt::runtime(syntax.set), name, escape(syntax, value)) + "\n";
    return output + hint_lines(syntax, command_line);
}

std::string unset_commands(
    const std::string& shell, const std::vector<std::string>& names, const std::string& command_line
) {
    const auto& syntax = syntax_of(shell);
    std::string output;
    for (const auto& name : names)
        output += fmt::format(fmt::runtime(syntax.unset), name) + "\n";
    return output + hint_lines(syntax, command_line);
}

std::string failing_statement(const std::string& shell) {
    return std::string(syntax_of(shell).failure) + "\n";
}

std::string add_to_no_proxy(const std::string& no_proxy, const std::string& address) {
    if (no_proxy.empty())
        return address;
    const auto entries = text::split(no_proxy, ',');
    if (std::find(entries.begin(), entries.end(), address) != entries.end())
        return no_proxy;
    return no_proxy + "," + address;
}

} // namespace orch::machine
