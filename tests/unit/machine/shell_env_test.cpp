#include "machine/shell_env.hpp"
#include "tests/support/child.hpp"

#include <doctest/doctest.h>

#include <string>
#include <unistd.h>
#include <vector>

namespace machine = orch::machine;
using orch::machine::Shell;
using orch::machine::Variable;

namespace {

const std::vector<Variable> one = {{"DOCKER_HOST", "tcp://192.0.2.7:2376"}};

struct Row {
    const char* shell;
    const char* set;
    const char* unset;
    const char* hint;
};

const std::vector<Row> rows = {
    {"sh",
     "export DOCKER_HOST=\"tcp://192.0.2.7:2376\"\n",
     "unset DOCKER_HOST\n",
     "# Run this command to configure your shell: \n# eval $(docker-machine env web1)\n"},
    {"fish",
     "set -gx DOCKER_HOST \"tcp://192.0.2.7:2376\";\n",
     "set -e DOCKER_HOST;\n",
     "# Run this command to configure your shell: \n# eval (docker-machine env web1)\n"},
    {"powershell",
     "$Env:DOCKER_HOST = \"tcp://192.0.2.7:2376\"\n",
     "Remove-Item Env:\\\\DOCKER_HOST\n",
     "# Run this command to configure your shell: \n"
     "# & docker-machine env web1 | Invoke-Expression\n"},
    {"cmd",
     "SET DOCKER_HOST=tcp://192.0.2.7:2376\n",
     "SET DOCKER_HOST=\n",
     "REM Run this command to configure your shell: \n"
     "REM \t@FOR /f \"tokens=*\" %i IN ('docker-machine env web1') DO @%i\n"},
    {"tcsh",
     "setenv DOCKER_HOST \"tcp://192.0.2.7:2376\";\n",
     "unsetenv DOCKER_HOST;\n",
     ": Run this command to configure your shell: \n: eval `docker-machine env web1`\n"},
    {"emacs",
     "(setenv \"DOCKER_HOST\" \"tcp://192.0.2.7:2376\")\n",
     "(setenv \"DOCKER_HOST\" nil)\n",
     ";; Run this command to configure your shell: \n"
     ";; (with-temp-buffer (shell-command \"docker-machine env web1\" (current-buffer)) "
     "(eval-buffer))\n"},
};

std::string set(Shell shell, const std::string& value) {
    return machine::set_lines(shell, {{"V", value}});
}

} // namespace

TEST_CASE("shell env: every shell gets its own syntax") {
    for (const auto& row : rows) {
        const auto shell = machine::shell_called(row.shell);
        CHECK(machine::set_lines(shell, one) == row.set);
        CHECK(machine::unset_lines(shell, {"DOCKER_HOST"}) == row.unset);
        CHECK(machine::hint_lines(shell, {"docker-machine", "env", "web1"}) == row.hint);
    }
}

TEST_CASE("shell env: shells are known by name and path, unknown ones speak POSIX") {
    CHECK(machine::shell_called("/usr/bin/fish") == Shell::fish);
    CHECK(machine::shell_called("C:\\Windows\\System32\\CMD.EXE") == Shell::cmd);
    CHECK(machine::shell_called("pwsh") == Shell::powershell);
    for (const auto* name : {"", "bash", "/bin/zsh", "nonsense", "/"})
        CHECK(machine::shell_called(name) == Shell::posix);
}

TEST_CASE("shell env: docker's variables come in docker-machine's order") {
    CHECK(
        machine::docker_variables("tcp://192.0.2.7:2376", "/m/web1", "web1") ==
        std::vector<Variable>{
            {"DOCKER_TLS_VERIFY", "1"},
            {"DOCKER_HOST", "tcp://192.0.2.7:2376"},
            {"DOCKER_CERT_PATH", "/m/web1"},
            {"DOCKER_MACHINE_NAME", "web1"},
        }
    );
}

TEST_CASE("shell env: the address joins the hosts that need no proxy, once") {
    using machine::proxy_exception;
    CHECK(proxy_exception("", "", "192.0.2.7") == Variable{"NO_PROXY", "192.0.2.7"});
    CHECK(
        proxy_exception("", "localhost", "192.0.2.7") == Variable{"NO_PROXY", "localhost,192.0.2.7"}
    );
    CHECK(
        proxy_exception("a.example", "localhost", "192.0.2.7") ==
        Variable{"no_proxy", "a.example,192.0.2.7"}
    );
    CHECK(proxy_exception("", "a, 192.0.2.7", "192.0.2.7") == Variable{"NO_PROXY", "a, 192.0.2.7"});
    CHECK(
        proxy_exception("", "192.0.2.70", "192.0.2.7") ==
        Variable{"NO_PROXY", "192.0.2.70,192.0.2.7"}
    );
}

TEST_CASE("shell env: a POSIX shell reads every value as it was") {
    for (const std::string value :
         {"plain",
          "a b",
          "$HOME `id` $(id)",
          "say \"hi\"",
          "back\\slash\\",
          "it's",
          "new\nline",
          "!x"}) {
        const auto script = set(Shell::posix, value) + "test \"$V\" = \"$1\" || exit 1\n";
        orch::test::Child shell([&] {
            ::execl("/bin/sh", "sh", "-c", script.c_str(), "sh", value.c_str(), nullptr);
            return 127;
        });
        CHECK_MESSAGE(shell.wait() == 0, value);
    }
}

TEST_CASE("shell env: what a shell would expand is escaped its own way") {
    const std::string value = "a$b`c\"d\\e'f!g&h";
    CHECK(set(Shell::fish, value) == "set -gx V \"a\\$b`c\\\"d\\\\e'f!g&h\";\n");
    CHECK(set(Shell::powershell, value) == "$Env:V = \"a`$b``c`\"d\\e'f!g&h\"\n");
    CHECK(set(Shell::cmd, value) == "SET V=a$b`c\"d\\e'f!g^&h\n");
    CHECK(set(Shell::tcsh, value) == "setenv V 'a$b`c\"d\\e'\\''f\\!g&h';\n");
    CHECK(set(Shell::emacs, value) == "(setenv \"V\" \"a$b`c\\\"d\\\\e'f!g&h\")\n");
    CHECK(set(Shell::tcsh, "it's here") == "setenv V \"it's here\";\n");
}

TEST_CASE("shell env: a program with a space or backslash in its path is quoted in the hint") {
    CHECK(
        machine::hint_lines(Shell::posix, {"/opt/my tools/orch", "machine", "env", "web1"}) ==
        "# Run this command to configure your shell: \n"
        "# eval $(\"/opt/my tools/orch\" machine env web1)\n"
    );
    CHECK(
        machine::hint_lines(Shell::emacs, {"C:\\orch", "env"}).find("\\\"C:\\\\orch\\\" env") !=
        std::string::npos
    );
}
