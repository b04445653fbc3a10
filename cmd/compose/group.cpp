#include "cmd/compose/group.hpp"

#include "cmd/compose/verbs.hpp"
#include "cmd/options.hpp"
#include "cmd/verb.hpp"
#include "cmd/version.hpp"
#include "lib/base/text.hpp"
#include "machine/store.hpp"

#include <algorithm>
#include <array>

namespace orch::cmd::compose {

namespace {

/// In the order of the help.
constexpr std::array verbs{
    Verb{"up", "Create and start containers", "Run", add_up},
    Verb{"create", "Create containers, do not start them", "Run", add_create},
    Verb{"down", "Stop and remove containers and networks", "Run", add_down},
    Verb{"start", "Start stopped containers", "Run", add_start},
    Verb{"stop", "Stop running containers", "Run", add_stop},
    Verb{"restart", "Restart containers", "Run", add_restart},
    Verb{"kill", "Stop containers at once", "Run", add_kill},
    Verb{"pause", "Freeze containers", "Run", add_pause},
    Verb{"unpause", "Let paused containers go on", "Run", add_unpause},
    Verb{"rm", "Remove stopped containers", "Run", add_rm},
    Verb{"scale", "Set how many containers of a service run", "Run", add_scale},
    Verb{"wait", "Wait until containers have ended", "Run", add_wait},
    Verb{"cp", "Copy files from and to containers", "Run", add_cp},
    Verb{"run", "Run a command in a new container of a service", "Run", add_run},
    Verb{"exec", "Run a command in a running container", "Run", add_exec},
    Verb{"ps", "List containers", "Look", add_ps},
    Verb{"logs", "Show what containers print", "Look", add_logs},
    Verb{"top", "Show the processes of containers", "Look", add_top},
    Verb{"stats", "Show what containers use", "Look", add_stats},
    Verb{"port", "Show where a port is published", "Look", add_port},
    Verb{"events", "Show what happens to containers", "Look", add_events},
    Verb{"ls", "List the projects of the engine", "Look", add_ls},
    Verb{"volumes", "List the volumes that containers use", "Look", add_volumes},
    Verb{"config", "Check the file and print it in its final form", "Look", add_config},
    Verb{"convert", "The same as config", "", add_config},
    Verb{"build", "Build images", "Images", add_build},
    Verb{"pull", "Pull images", "Images", add_pull},
    Verb{"images", "List the images of the containers", "Images", add_images},
    Verb{"push", "Push images that are built here to a registry", "Images", add_push},
    Verb{"version", "Show the version", "Other", add_version},
};

constexpr std::array ansi_words{"never", "always", "auto"};
constexpr std::array log_levels{"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"};
constexpr std::array progress_words{"auto", "tty", "plain", "json", "quiet"};

bool is_one_of(const std::string& word, const auto& words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

std::string progress_word(const Session& session) {
    auto word = session.environment.get_or("COMPOSE_PROGRESS", "auto");
    if (!is_one_of(word, progress_words))
        throw Error(
            Kind::usage, "COMPOSE_PROGRESS: '{}' is none of auto, tty, plain, json, quiet", word
        );
    return word;
}

constexpr auto examples = R"(Examples:
  orch compose up -d
  orch compose logs -f web
  orch compose -f other.yml -p test up -d)";

void take_no_ansi(Session& session) {
    session.globals.ansi = "never";
    if (session.persona == Persona::docker_compose)
        session.console.err("--no-ansi option is deprecated and will be removed in future "
                            "versions. Use `--ansi never` instead.\n");
}

void add_output_options(CLI::App& group, Session& session) {
    auto& globals = session.globals;
    const std::vector<CLI::Option*> options{
        group.add_flag("--verbose", globals.verbose, "Say on stderr what is done"),
        group.add_option(
            "--log-level",
            globals.log_level,
            "What is said on stderr: DEBUG, INFO, WARNING, ERROR or CRITICAL"
        ),
        group.add_option(
            "--ansi", globals.ansi, "Control characters and colours: never, always or auto"
        ),
        group.add_flag_callback(
            "--no-ansi", [&session] { take_no_ansi(session); }, "The same as --ansi never"
        ),
    };
    for (auto* const option : options)
        option->group("Output options");
}

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
    group
        .add_flag(
            "--compatibility{3}",
            globals.compatibility,
            "=warn: on a swarm, leave out what a service cannot have"
        )
        ->group(file_section);
    const std::string engine_section = "Engine options";
    group.add_option("-c,--context", globals.context, "Use the engine of this docker context")
        ->group(engine_section);
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
    group
        .add_flag(
            "--skip-hostname-check",
            globals.skip_hostname_check,
            "Its certificate need not have its name"
        )
        ->group(engine_section);
    add_choice(
        group,
        session,
        "--target",
        globals.target,
        {"auto", "engine", "swarm"},
        "Make containers on this engine, or services of its swarm [$ORCH_COMPOSE_TARGET]"
    )
        ->group(engine_section);
    group.add_option("--parallel", globals.parallel, "Calls at the same time; -1: no limit (8)")
        ->group(engine_section);
    add_output_options(group, session);
}

} // namespace

void settle_output(Session& session) {
    auto& globals = session.globals;
    if (globals.ansi.empty())
        globals.ansi = session.environment.get_or("COMPOSE_ANSI", "");
    if (!globals.ansi.empty() && !is_one_of(globals.ansi, ansi_words))
        throw Error(
            Kind::usage,
            "Invalid value for --ansi: {}. Expected one of never, always, auto.",
            globals.ansi
        );
    globals.log_level = text::upper(globals.log_level);
    if (!globals.log_level.empty() && !is_one_of(globals.log_level, log_levels))
        throw Error(
            Kind::usage,
            "Invalid value for --log-level. Expected one of DEBUG, INFO, WARNING, ERROR, CRITICAL."
        );
    if (globals.color == "auto" && !globals.ansi.empty())
        globals.color = globals.ansi;
    if (globals.progress == "auto")
        globals.progress = progress_word(session);
    if (globals.progress == "auto" && globals.ansi == "never")
        globals.progress = "plain";
    if (globals.debug.empty() && (globals.verbose || globals.log_level == "DEBUG"))
        globals.debug = "all";
}

void add_group(CLI::App& group, Session& session) {
    group.footer(examples);
    add_options(group, session);
    add_verbs(group, session, verbs);
}

} // namespace orch::cmd::compose
