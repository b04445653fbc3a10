#include "cmd/machine/fleet.hpp"
#include "cmd/machine/verbs.hpp"
#include "cmd/ui/error_report.hpp"
#include "cmd/verb.hpp"
#include "machine/shell_env.hpp"

#include <filesystem>

namespace orch::cmd::machine {

namespace {

struct Options {
    std::vector<std::string> names;
    std::string shell;
    bool swarm = false;
    bool unset = false;
    bool no_proxy = false;
};

/// --shell, else the user's login shell, else POSIX.
std::string shell_of(const Options& options, const Session& session) {
    if (!options.shell.empty())
        return options.shell;
    return std::filesystem::path(session.environment.get_or("SHELL", "sh")).filename().string();
}

/// The variable that proxies are left out with: the spelling that is in use.
std::string no_proxy_name(const Session& session) {
    return session.environment.get_or("no_proxy", "").empty() ? "NO_PROXY" : "no_proxy";
}

std::string unset(const Options& options, const std::string& command_line, const Session& session) {
    if (!options.names.empty())
        throw Error(Kind::invalid, "Error: Expected no machine name when the -u flag is present");
    std::vector<std::string> names{
        "DOCKER_TLS_VERIFY", "DOCKER_HOST", "DOCKER_CERT_PATH", "DOCKER_MACHINE_NAME"};
    if (options.no_proxy)
        names.push_back(no_proxy_name(session));
    return orch::machine::unset_commands(shell_of(options, session), names, command_line);
}

std::string set(const Options& options, const std::string& command_line, Session& session) {
    const Fleet fleet(session);
    const auto sink = session.progress(ui::Layout::one_machine);
    Job job{session.stop, *sink};
    const auto name = fleet.single(options.names);
    auto target = fleet.open(name);
    const auto url = doing("Error checking TLS connection", [&] {
        return fleet.checked_url(target, options.swarm, job);
    });
    const auto reach = target.reach();
    orch::machine::Variables variables{
        {"DOCKER_TLS_VERIFY", "1"},
        {"DOCKER_HOST", url},
        {"DOCKER_CERT_PATH", fleet.store().machine_dir(name).string()},
        {"DOCKER_MACHINE_NAME", name},
    };
    if (options.no_proxy) {
        const auto variable = no_proxy_name(session);
        const auto old = session.environment.get_or(variable, "");
        variables.emplace_back(variable, orch::machine::add_to_no_proxy(old, reach.address));
    }
    return orch::machine::set_commands(shell_of(options, session), variables, command_line);
}

int run_env(const Options& options, Session& session) {
    const auto& command_line = session.command_line;
    try {
        session.console.out(
            options.unset ? unset(options, command_line, session)
                          : set(options, command_line, session)
        );
        return 0;
    } catch (const Error&) {
        const auto code =
            ui::report_current(session.console, session.persona, !session.globals.debug.empty());
        // What eval gets to see must fail too: docker-machine's empty output went unnoticed.
        if (!session.console.out_is_terminal())
            session.console.out(orch::machine::failing_statement(shell_of(options, session)));
        return code;
    }
}

} // namespace

void add_env(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    add_names(verb, session, options->names);
    auto* shell = verb.add_option("--shell", options->shell, "Whose words to use ($SHELL)");
    session.completions.add(*shell, [] {
        return std::vector<Candidate>{
            {"bash", ""},
            {"zsh", ""},
            {"fish", ""},
            {"powershell", ""},
            {"cmd", ""},
            {"tcsh", ""},
            {"emacs", ""}};
    });
    verb.add_flag("-u,--unset", options->unset, "Take the variables away instead");
    verb.add_flag("--no-proxy", options->no_proxy, "Add the machine's address to NO_PROXY");
    verb.add_flag("--swarm", options->swarm, "Point at the swarm manager instead of the engine");
    choose(verb, session, [options, &session] { return run_env(*options, session); });
}

} // namespace orch::cmd::machine
