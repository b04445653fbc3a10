#include "cmd/machine/group.hpp"

#include "cmd/machine/verbs.hpp"
#include "cmd/options.hpp"
#include "cmd/verb.hpp"

#include <array>

namespace orch::cmd::machine {

namespace {

/// In the order of the help.
constexpr std::array verbs{
    Verb{"create", "Make machines", "Machines", add_create},
    Verb{"ls", "List machines with their state", "Machines", add_ls},
    Verb{
        "provision", "Install and configure again what a machine needs", "Machines", add_provision},
    Verb{"upgrade", "Upgrade the engines of machines", "Machines", add_upgrade},
    Verb{
        "regenerate-certs",
        "Make the certificates of machines anew",
        "Machines",
        add_regenerate_certs},
    Verb{
        "export", "Pack machines into a file for another user or computer", "Machines", add_export},
    Verb{"adopt", "Take a host that a provider has already", "Machines", add_adopt},
    Verb{"import", "Unpack what export made", "Machines", add_import},
    Verb{"rename", "Give a machine another name", "Machines", add_rename},
    Verb{"rm", "Remove machines", "Machines", add_rm},
    Verb{"swarm", "List, join and leave swarms", "Swarm", add_swarm},
    Verb{"swarm-token", "Print a name for a new swarm", "Swarm", add_swarm_token},
    Verb{"env", "Print the variables that point the docker client at a machine", "Use", add_env},
    Verb{"config", "Print the options for the docker client", "Use", add_config},
    Verb{
        "context", "Write contexts of the docker client that lead to machines", "Use", add_context},
    Verb{"ssh", "Log in to a machine, or run a command there", "Use", add_ssh},
    Verb{"scp", "Copy files to, from and between machines", "Use", add_scp},
    Verb{"mount", "Mount a directory of a machine here", "Use", add_mount},
    Verb{"ssh-config", "Print machines as hosts of an ssh_config file", "Use", add_ssh_config},
    Verb{"active", "Print which machine DOCKER_HOST points at", "Facts", add_active},
    Verb{"doctor", "Say what is wrong with machines and what mends it", "Facts", add_doctor},
    Verb{"inspect", "Print what is known of a machine", "Facts", add_inspect},
    Verb{"ip", "Print the addresses of machines", "Facts", add_ip},
    Verb{"status", "Print the state of a machine", "Facts", add_status},
    Verb{"url", "Print the URL of a machine's engine", "Facts", add_url},
    Verb{"version", "Print orch's version, or a machine's engine's", "Facts", add_version},
    Verb{"start", "Start machines", "Power", add_start},
    Verb{"stop", "Stop machines", "Power", add_stop},
    Verb{"restart", "Restart machines", "Power", add_restart},
    Verb{"kill", "Stop machines at once", "Power", add_kill},
};

constexpr auto examples = R"~(Examples:
  orch machine create -d generic --generic-ip-address 192.0.2.7 web1
  eval "$(orch machine env web1)"
  orch machine ssh web1 uptime
  orch machine rm -y web1)~";

void add_option(
    CLI::App& group,
    const Session& session,
    const std::string& names,
    std::string& value,
    const std::string& variable,
    const std::string& help
) {
    from_env(group.add_option(names, value, help), variable, session)->group("Group options");
}

void add_options(CLI::App& group, Session& session) {
    auto& globals = session.globals;
    group.add_option("-s,--storage-path", globals.storage_path, "Where machines are kept")
        ->description("Where machines are kept [$MACHINE_STORAGE_PATH]")
        ->group("Group options");
    add_option(
        group,
        session,
        "--tls-ca-cert",
        globals.tls_ca_cert,
        "MACHINE_TLS_CA_CERT",
        "Certificate of the authority that new machines trust"
    );
    add_option(
        group,
        session,
        "--tls-ca-key",
        globals.tls_ca_key,
        "MACHINE_TLS_CA_KEY",
        "Private key of that authority"
    );
    add_option(
        group,
        session,
        "--tls-client-cert",
        globals.tls_client_cert,
        "MACHINE_TLS_CLIENT_CERT",
        "Certificate to show to engines"
    );
    add_option(
        group,
        session,
        "--tls-client-key",
        globals.tls_client_key,
        "MACHINE_TLS_CLIENT_KEY",
        "Private key of that certificate"
    );
    // Its value must not be shown as a default.
    from_env(
        group.add_option("--github-api-token", globals.github_api_token, "Token for GitHub's API"),
        "MACHINE_GITHUB_API_TOKEN",
        session
    )
        ->default_str("")
        ->group("Group options");
    group
        .add_flag(
            "--native-ssh",
            globals.native_ssh,
            "Never use the system's ssh program [$MACHINE_NATIVE_SSH]"
        )
        ->group("Group options");
    // Old command lines carry it; there is nowhere to send crash reports to.
    group.add_option_function<std::string>(
             "--bugsnag-api-token", [](const std::string&) {}
    )->group("");
}

} // namespace

void add_group(CLI::App& group, Session& session) {
    group.footer(examples);
    add_options(group, session);
    add_verbs(group, session, verbs);
}

} // namespace orch::cmd::machine
