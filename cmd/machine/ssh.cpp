#include "cmd/machine/fleet.hpp"
#include "cmd/machine/verbs.hpp"
#include "cmd/verb.hpp"
#include "lib/process/runner.hpp"
#include "lib/ssh/command_line.hpp"

namespace orch::cmd::machine {

namespace {

struct Options {
    std::string name;
    std::vector<std::string> words;
};

/// The system's ssh does the interactive part: it knows terminals, forwarding and the user's
/// habits.
int run_ssh(const Options& options, Session& session) {
    const Fleet fleet(session);
    const auto name = options.name.empty() ? fleet.single({}) : options.name;
    auto target = fleet.open(name);
    const auto address = target.reach().ssh;
    if (address.host.empty())
        throw Error(Kind::unsupported, "machine \"{}\" has no host to log in to", name)
            .hint("its driver \"{}\" only knows the engine's URL", target.machine.driver);
    auto argv = ssh::system_ssh_argv(address);
    // As with docker-machine, the words go to ssh itself: its options are understood, "--" ends
    // them.
    argv.insert(argv.end(), options.words.begin(), options.words.end());
    const ui::Console::Handover handover(session.console);
    return session.world.processes.run_attached({.argv = argv});
}

} // namespace

void add_ssh(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    add_name(verb, session, options->name);
    verb.add_option("WORDS", options->words, "A command, with options of ssh in front of it");
    verb.prefix_command(); // what follows the name is not orch's
    choose(verb, session, [options, &session] { return run_ssh(*options, session); });
}

} // namespace orch::cmd::machine
