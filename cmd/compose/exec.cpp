#include "cmd/compose/converse.hpp"
#include "cmd/compose/node_engines.hpp"
#include "cmd/compose/target.hpp"
#include "cmd/compose/verbs.hpp"
#include "cmd/options.hpp"
#include "cmd/verb.hpp"
#include "compose/selection.hpp"

#include <chrono>

namespace orch::cmd::compose {

namespace {

struct Options {
    std::string service;
    std::vector<std::string> words;
    std::vector<std::string> environment;
    std::string user;
    std::string working_dir;
    int index = 1;
    bool detach = false;
    bool privileged = false;
    bool no_tty = false;
};

/// "NAME=VALUE"; "NAME" takes the value it has here.
std::vector<std::string> variables(const Options& options, const Session& session) {
    std::vector<std::string> result;
    for (const auto& word : options.environment)
        if (word.find('=') != std::string::npos)
            result.push_back(word);
        else if (const auto value = session.environment.get(word))
            result.push_back(word + "=" + *value);
    return result;
}

/// The process may not run yet when its streams are there.
void resize_soon(
    engine::Engine& engine,
    const std::string& exec,
    const engine::TerminalSize& size,
    Session& session
) {
    constexpr int attempts = 10;
    for (int i = 1;; ++i) {
        try {
            engine.resize_exec(exec, size);
            return;
        } catch (const Error& error) {
            if (i == attempts || error.kind() == Kind::cancelled)
                throw;
        }
        session.world.clock.sleep(std::chrono::milliseconds(10 * i), session.stop);
    }
}

int run_exec(const Options& options, Session& session) {
    if (options.words.empty())
        throw Error(
            Kind::usage, "exec needs a command to run in a container of {}", options.service
        );
    const auto project = load_project(session);
    auto front = connect(session);
    const auto hosts = hosts_of(session, front);
    const auto container =
        orch::compose::running_container(project, hosts, options.service, options.index);
    auto& engine = hosts.of(container);
    const bool tty = !options.no_tty && session.console.in_is_terminal() && !options.detach;
    const auto exec = engine.create_exec(
        container.id,
        {.command = options.words,
         .environment = variables(options, session),
         .user = options.user,
         .working_dir = options.working_dir,
         .privileged = options.privileged,
         .tty = tty,
         .attach = !options.detach}
    );
    if (options.detach) {
        engine.start_exec_alone(exec, tty);
        return 0;
    }
    converse(
        engine.start_exec(exec, tty),
        {.tty = tty,
         .resize = [&](const engine::TerminalSize& size
                   ) { resize_soon(engine, exec, size, session); }},
        session
    );
    const auto state = engine.inspect_exec(exec);
    if (state.running) // it was left with ctrl-p ctrl-q
        session.console.err("The command goes on running.\n");
    return state.running ? 0 : state.exit_code;
}

} // namespace

void add_exec(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    auto& o = *options;
    add_service(verb, session, o.service);
    verb.add_option("COMMAND", o.words, "The command and its arguments");
    verb.add_flag("-d,--detach", o.detach, "Return as soon as the command runs");
    verb.add_flag("--privileged", o.privileged, "Give the command all rights");
    verb.add_option("-u,--user", o.user, "Run it as this user, UID or USER:GROUP");
    verb.add_flag("-T,--no-TTY", o.no_tty, "Give it no terminal, even if there is one here");
    verb.add_option("--index", o.index, "The container's number (1)")->check(CLI::PositiveNumber);
    add_list(verb, "-e,--env", o.environment, "NAME=VALUE, or NAME for the value it has here");
    verb.add_option("-w,--workdir", o.working_dir, "Folder in the container to run it in");
    verb.prefix_command(); // what follows the service is the command's
    choose(verb, session, [options, &session] { return run_exec(*options, session); });
}

} // namespace orch::cmd::compose
