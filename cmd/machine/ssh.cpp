#include "cmd/machine/fleet.hpp"
#include "cmd/machine/verbs.hpp"
#include "cmd/verb.hpp"
#include "lib/process/runner.hpp"
#include "lib/ssh/command_line.hpp"

namespace orch::cmd::machine {

namespace {

/// The system's ssh does the interactive part: it knows terminals, forwarding and the user's habits.
int run_ssh(const std::vector<std::string>& words, Session& session) {
    const Fleet fleet(session);
    const auto name = words.empty() ? fleet.single({}) : words.front();
    auto target = fleet.open(name);
    const auto address = target.reach().ssh;
    if (address.host.empty())
        throw Error(Kind::unsupported, "machine \"{}\" has no host to log in to", name)
            .hint("its driver \"{}\" only knows the engine's URL", target.machine.driver);
    auto argv = ssh::system_ssh_argv(address, {});
    // As with docker-machine, words go to ssh itself: options of ssh are understood, "--" ends them.
    if (!words.empty()) argv.insert(argv.end(), words.begin() + 1, words.end());
    const ui::Console::Handover handover(session.console);
    return session.world.processes.run_attached({.argv = argv});
}

} // namespace

void add_ssh(CLI::App& verb, Session& session) {
    const auto words = std::make_shared<std::vector<std::string>>();
    add_names(verb, session, *words, "Machine (default), then words for ssh");
    verb.prefix_command();
    choose(verb, session, [&verb, words, &session] {
        auto all = *words;
        const auto rest = verb.remaining();
        all.insert(all.end(), rest.begin(), rest.end());
        return run_ssh(all, session);
    });
}

} // namespace orch::cmd::machine
