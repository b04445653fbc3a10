#include "cmd/compose/group.hpp"

#include "cmd/compose/verbs.hpp"
#include "cmd/options.hpp"
#include "cmd/verb.hpp"
#include "cmd/version.hpp"
#include "machine/store.hpp"

#include <array>

namespace orch::cmd::compose {

namespace {

/// In the order of the help.
constexpr std::array verbs{
    Verb{"up", "Create and start containers", "Run", add_up},
    Verb{"down", "Stop and remove containers and networks", "Run", add_down},
    Verb{"start", "Start stopped containers", "Run", add_start},
    Verb{"stop", "Stop running containers", "Run", add_stop},
    Verb{"restart", "Restart containers", "Run", add_restart},
    Verb{"kill", "Stop containers at once", "Run", add_kill},
    Verb{"rm", "Remove stopped containers", "Run", add_rm},
    Verb{"ps", "List containers", "Look", add_ps},
    Verb{"logs", "Show what containers print", "Look", add_logs},
    Verb{"config", "Check the file and print it in its final form", "Look", add_config},
    Verb{"build", "Build images", "Images", add_build},
    Verb{"pull", "Pull images", "Images", add_pull},
    Verb{"push", "Push images that are built here to a registry", "Images", add_push},
    Verb{"version", "Show the version", "Other", add_version},
};

constexpr auto examples = R"(Examples:
  orch compose up -d
  orch compose logs -f web
  orch compose -f other.yml -p test up -d)";

void add_options(CLI::App& group, Session& session) {
    auto& globals = session.globals;
    const std::string file_section = "Project options";
    add_list(group, "-f,--file", globals.compose_files, "Compose file; several are merged in order")
        ->group(file_section);
    group
        .add_option("-p,--project-name", globals.project_name, "Name of the project (the folder's)")
        ->group(file_section);
    group
        .add_option(
            "--project-directory",
            globals.project_directory,
            "Base of relative paths (the first file's folder)"
        )
        ->group(file_section);
    group.add_option("--env-file", globals.env_file, "File of variables (.env beside the file)")
        ->group(file_section);
    const std::string engine_section = "Engine options";
    auto* machine =
        group.add_option("--machine", globals.machine, "Use the engine of this machine");
    machine->group(engine_section);
    session.completions.add(*machine, [&session] {
        std::vector<Candidate> candidates;
        for (const auto& name : orch::machine::Store(session.storage_path()).names())
            candidates.push_back({name, ""});
        return candidates;
    });
    group.add_option("-H,--host", globals.host, "Use this engine [$DOCKER_HOST]")
        ->group(engine_section);
    group.add_flag("--tls", globals.tls, "Talk TLS to it")->group(engine_section);
    group.add_flag("--tlsverify", globals.tls_verify, "Talk TLS and check its certificate")
        ->group(engine_section);
    group.add_option("--tlscacert", globals.docker_tls_ca_cert, "Authority to trust")
        ->group(engine_section);
    group.add_option("--tlscert", globals.docker_tls_cert, "Our certificate")
        ->group(engine_section);
    group.add_option("--tlskey", globals.docker_tls_key, "Its key")->group(engine_section);
}

} // namespace

void add_group(CLI::App& group, Session& session) {
    group.footer(examples);
    add_options(group, session);
    add_verbs(group, session, verbs);
}

} // namespace orch::cmd::compose
