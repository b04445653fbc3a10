#include "machine/shell_env.hpp"

#include <doctest/doctest.h>

namespace machine = orch::machine;

TEST_CASE("shell_env: every shell gets its own words") {
    struct Row {
        const char* shell;
        const char* set;
        const char* unset;
    };

    for (const auto& row : {
             Row{"bash",
                 "export K=\"v\"\n# Run this command to configure your shell: \n# eval $(orch x)\n",
                 "unset K\n# Run this command to configure your shell: \n# eval $(orch x)\n"},
             Row{"nonsense",
                 "export K=\"v\"\n# Run this command to configure your shell: \n# eval $(orch x)\n",
                 "unset K\n# Run this command to configure your shell: \n# eval $(orch x)\n"},
             Row{"fish",
                 "set -gx K \"v\";\n# Run this command to configure your shell: \n# eval (orch "
                 "x)\n",
                 "set -e K;\n# Run this command to configure your shell: \n# eval (orch x)\n"},
             Row{"powershell",
                 "$Env:K = \"v\"\n# Run this command to configure your shell: \n"
                 "# & orch x | Invoke-Expression\n",
                 "Remove-Item Env:\\\\K\n# Run this command to configure your shell: \n"
                 "# & orch x | Invoke-Expression\n"},
             Row{"cmd",
                 "SET K=v\nREM Run this command to configure your shell: \n"
                 "REM \t@FOR /f \"tokens=*\" %i IN ('orch x') DO @%i\n",
                 "SET K=\nREM Run this command to configure your shell: \n"
                 "REM \t@FOR /f \"tokens=*\" %i IN ('orch x') DO @%i\n"},
             Row{"tcsh",
                 "setenv K \"v\";\n: Run this command to configure your shell: \n: eval `orch x`\n",
                 "unsetenv K;\n: Run this command to configure your shell: \n: eval `orch x`\n"},
             Row{"emacs",
                 "(setenv \"K\" \"v\")\n;; Run this command to configure your shell: \n;; "
                 "(with-temp-buffer "
                 "(shell-command \"orch x\" (current-buffer)) (eval-buffer))\n",
                 "(setenv \"K\" nil)\n;; Run this command to configure your shell: \n;; "
                 "(with-temp-buffer "
                 "(shell-command \"orch x\" (current-buffer)) (eval-buffer))\n"},
         }) {
        CAPTURE(row.shell);
        CHECK(machine::set_commands(row.shell, {{"K", "v"}}, "orch x") == row.set);
        CHECK(machine::unset_commands(row.shell, {"K"}, "orch x") == row.unset);
    }
}

TEST_CASE("shell_env: a path with characters that a shell would expand comes back as it was") {
    CHECK(machine::set_commands("sh", {{"P", "/a b/$x`y\"z"}}, "o")
              .starts_with("export P=\"/a b/\\$x\\`y\\\"z\"\n"));
    CHECK(machine::set_commands("powershell", {{"P", "$x"}}, "o").starts_with("$Env:P = \"`$x\"\n")
    );
}

TEST_CASE("shell_env: NO_PROXY gets the address once") {
    CHECK(machine::add_to_no_proxy("", "10.0.0.1") == "10.0.0.1");
    CHECK(machine::add_to_no_proxy("localhost", "10.0.0.1") == "localhost,10.0.0.1");
    CHECK(machine::add_to_no_proxy("localhost,10.0.0.1", "10.0.0.1") == "localhost,10.0.0.1");
    CHECK(machine::add_to_no_proxy("10.0.0.11", "10.0.0.1") == "10.0.0.11,10.0.0.1");
}
