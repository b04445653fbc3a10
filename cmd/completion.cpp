#include "cmd/completion.hpp"

#include "cmd/completion_scripts.hpp"
#include "cmd/options.hpp"
#include "cmd/verb.hpp"

#include <array>

namespace orch::cmd {

namespace {

struct Script {
    const char* shell;
    const char* text;
};

int print_script(const std::string& shell, Session& session) {
    const std::array scripts{
        Script{"bash", completion_scripts::bash},
        Script{"zsh", completion_scripts::zsh},
        Script{"fish", completion_scripts::fish},
    };
    for (const auto& script : scripts)
        if (shell == script.shell) {
            session.console.out(script.text);
            return 0;
        }
    throw Error(Kind::usage, "say which shell: bash, zsh or fish")
        .hint("for bash: source <(orch completion bash)");
}

} // namespace

void add_completion(CLI::App& verb, Session& session) {
    const auto shell = std::make_shared<std::string>();
    add_choice(verb, session, "SHELL", *shell, {"bash", "zsh", "fish"}, "Shell");
    verb.footer("Examples:\n"
                "  source <(orch completion bash)\n"
                "  orch completion zsh > ~/.zsh/completions/_orch\n"
                "  orch completion fish > ~/.config/fish/completions/orch.fish");
    choose(verb, session, [shell, &session] { return print_script(*shell, session); });
}

} // namespace orch::cmd
