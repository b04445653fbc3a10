#include "cmd/machine/group.hpp"

#include "cmd/options.hpp"
#include "cmd/verb.hpp"
#include "cmd/version.hpp"

#include <array>

namespace orch::cmd::machine {

namespace {

/// In the order of the help.
constexpr std::array verbs{
    Verb{"version", "Show the version", "Commands", add_version},
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
    group.add_flag("--native-ssh", globals.native_ssh, "Never use the system's ssh program")
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
