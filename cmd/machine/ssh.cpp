#include "cmd/machine/login.hpp"
#include "cmd/machine/verbs.hpp"
#include "cmd/verb.hpp"
#include "lib/base/fd.hpp"
#include "lib/log/log.hpp"
#include "lib/process/runner.hpp"
#include "lib/ssh/command_line.hpp"

#include <chrono>
#include <fcntl.h>

namespace orch::cmd::machine {

namespace {

constexpr std::chrono::seconds connect_limit{30};
constexpr std::chrono::seconds quick_limit{10}; // as the ssh program has it, for one attempt
constexpr int ssh_failed = 255; // ssh's own exit code, which a remote command may have too

struct Options {
    std::string name;
    std::vector<std::string> words;
};

/// The system's ssh does the interactive part: it knows terminals, forwarding and the user's
/// habits. As with docker-machine, the words go to ssh itself: its options are understood, "--"
/// ends them.
int run_system_ssh(
    const ssh::Address& address, const std::vector<std::string>& words, Session& session
) {
    auto argv = ssh::system_ssh_argv(address);
    argv.insert(argv.end(), words.begin(), words.end());
    const ui::Console::Handover handover(session.console);
    return session.world.processes.run_attached({.argv = argv});
}

ssh::WindowSize window(const ui::Console& console) {
    const auto size = console.out_size();
    return {static_cast<int>(size.columns), static_cast<int>(size.rows)};
}

/// A terminal there as the ssh program would ask for one: for a login, or when -t says so.
int run_native_ssh(ssh::Shell& shell, const std::vector<std::string>& words, Session& session) {
    const auto wish = ssh::parse_client_words(words);
    ssh::Attachment attachment{.line = wish.line};
    const Fd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (wish.no_input)
        attachment.in = nothing.get();
    const bool interactive =
        wish.force_terminal || (wish.line.empty() && session.console.in_is_terminal());
    const ui::Console::Handover handover(session.console);
    if (!interactive || wish.no_terminal)
        return shell.attach(attachment, session.stop);
    attachment.terminal = {session.environment.get_or("TERM", "xterm"), window(session.console)};
    attachment.window = [&session] { return window(session.console); };
    const ui::Console::RawInput raw(session.console);
    return shell.attach(attachment, session.stop);
}

/// Only a command, without options of ssh in front of it.
bool is_plain_command(const std::vector<std::string>& words) {
    const bool marked = !words.empty() && words.front() == "--";
    return words.size() > (marked ? 1U : 0U) && (marked || !words.front().starts_with('-'));
}

/// A plain command needs nothing of the ssh program, and orch's own client takes half its time.
/// Null if that client cannot get in: the ssh program may, with a passphrase or another kind of
/// key.
std::unique_ptr<ssh::Shell> quick_shell(
    const ssh::Address& address, const std::string& name, const Fleet& fleet, Session& session
) {
    try {
        return session.world.ssh.connect(address, quick_limit, session.stop);
    } catch (const Error& error) {
        if (error.kind() == Kind::timeout)
            require_running(fleet, name, session);
        const bool other_host = error.message().find("host key") != std::string::npos;
        if (other_host || error.kind() == Kind::cancelled)
            throw;
        log::debug("ssh", "{}; trying the ssh program", error.message());
        return nullptr;
    }
}

int run_ssh(const Options& options, Session& session) {
    const Fleet fleet(session);
    const auto name = options.name.empty() ? fleet.single({}) : options.name;
    const auto address = login_address(fleet, name, session);
    if (wants_native_ssh(session)) {
        const auto shell = session.world.ssh.connect(address, connect_limit, session.stop);
        return run_native_ssh(*shell, options.words, session);
    }
    if (is_plain_command(options.words))
        if (const auto shell = quick_shell(address, name, fleet, session))
            return run_native_ssh(*shell, options.words, session);
    const auto code = run_system_ssh(address, options.words, session);
    if (code == ssh_failed)
        require_running(fleet, name, session);
    return code;
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
