#include "machine/shell_env.hpp"

#include "lib/base/text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace orch::machine {

namespace {

/// The syntax of one shell; {} stands for the name and the value or the command line.
struct Syntax {
    Shell shell;
    std::string_view name;
    std::string_view set;
    std::string_view unset;
    std::string_view comment;
    std::string_view evaluate;
};

constexpr std::array<Syntax, 6> syntaxes = {{
    {Shell::posix, "sh", "export {}=\"{}\"", "unset {}", "#", "eval $({})"},
    {Shell::fish, "fish", "set -gx {} \"{}\";", "set -e {};", "#", "eval ({})"},
    {Shell::powershell,
     "powershell",
     "$Env:{} = \"{}\"",
     "Remove-Item Env:\\\\{}",
     "#",
     "& {} | Invoke-Expression"},
    {Shell::cmd,
     "cmd",
     "SET {}={}",
     "SET {}=",
     "REM",
     "\t@FOR /f \"tokens=*\" %i IN ('{}') DO @%i"},
    {Shell::tcsh, "tcsh", "setenv {} {};", "unsetenv {};", ":", "eval `{}`"},
    {Shell::emacs,
     "emacs",
     "(setenv \"{}\" \"{}\")",
     "(setenv \"{}\" nil)",
     ";;",
     "(with-temp-buffer (shell-command \"{}\" (current-buffer)) (eval-buffer))"},
}};

const Syntax& syntax_of(Shell shell) {
    return *std::find_if(syntaxes.begin(), syntaxes.end(), [&](const Syntax& syntax) {
        return syntax.shell == shell;
    });
}

std::string escape(std::string_view value, std::string_view special, char mark) {
    std::string escaped;
    for (const char c : value) {
        if (special.find(c) != std::string_view::npos)
            escaped += mark;
        escaped += c;
    }
    return escaped;
}

/// In double quotes csh expands $, ` and ! and has no way to say no; in single quotes only !.
std::string quote_for_csh(std::string_view value) {
    if (value.find_first_of("$`!\"\\\n") == std::string_view::npos)
        return fmt::format("\"{}\"", value);
    auto quoted = text::replace_all(std::string(value), "'", "'\\''");
    return "'" + escape(quoted, "!\n", '\\') + "'";
}

/// The value as it stands in the `set` line.
std::string quoted_part(Shell shell, std::string_view value) {
    switch (shell) {
    case Shell::posix:
        return escape(value, "\\\"$`", '\\');
    case Shell::fish:
        return escape(value, "\\\"$", '\\');
    case Shell::powershell:
        return escape(value, "`\"$", '`');
    case Shell::cmd:
        return escape(value, "^&|<>", '^');
    case Shell::tcsh:
        return quote_for_csh(value);
    case Shell::emacs:
        break;
    }
    return escape(value, "\\\"", '\\');
}

} // namespace

Shell shell_called(std::string_view name_or_path) {
    auto name = text::lower(name_or_path.substr(name_or_path.find_last_of("/\\") + 1));
    if (name.ends_with(".exe"))
        name.resize(name.size() - 4);
    if (name == "pwsh") // PowerShell since version 6
        return Shell::powershell;
    const auto* const found =
        std::find_if(syntaxes.begin(), syntaxes.end(), [&](const Syntax& syntax) {
            return syntax.name == name;
        });
    return found == syntaxes.end() ? Shell::posix : found->shell;
}

std::vector<Variable>
docker_variables(std::string url, std::string cert_dir, std::string machine_name) {
    return {
        {"DOCKER_TLS_VERIFY", "1"},
        {"DOCKER_HOST", std::move(url)},
        {"DOCKER_CERT_PATH", std::move(cert_dir)},
        {"DOCKER_MACHINE_NAME", std::move(machine_name)},
    };
}

Variable proxy_exception(
    std::string_view lower_case_value, std::string_view upper_case_value, std::string_view address
) {
    const bool lower = !lower_case_value.empty();
    const auto old = lower ? lower_case_value : upper_case_value;
    const auto hosts = text::split(old, ',');
    const bool known = std::any_of(hosts.begin(), hosts.end(), [&](const std::string& host) {
        return text::trim(host) == address;
    });
    std::string value(old);
    if (!known)
        value += (old.empty() ? "" : ",") + std::string(address);
    return {lower ? "no_proxy" : "NO_PROXY", std::move(value)};
}

std::string set_lines(Shell shell, const std::vector<Variable>& variables) {
    std::string lines;
    for (const auto& [name, value] : variables)
        lines +=
            fmt::format(fmt::runtime(syntax_of(shell).set), name, quoted_part(shell, value)) + '\n';
    return lines;
}

std::string unset_lines(Shell shell, const std::vector<std::string>& names) {
    std::string lines;
    for (const auto& name : names)
        lines += fmt::format(fmt::runtime(syntax_of(shell).unset), name) + '\n';
    return lines;
}

std::string hint_lines(Shell shell, const std::vector<std::string>& command_line) {
    auto words = command_line;
    if (!words.empty() && words[0].find_first_of(" \\") != std::string::npos)
        words[0] = "\"" + words[0] + "\"";
    auto command = text::join(words, " ");
    if (shell == Shell::emacs) // there it stands in a string
        command = quoted_part(shell, command);
    const auto& syntax = syntax_of(shell);
    return fmt::format(
        "{0} Run this command to configure your shell: \n{0} {1}\n",
        syntax.comment,
        fmt::format(fmt::runtime(syntax.evaluate), command)
    );
}

} // namespace orch::machine
