#include "cmd/compose/target.hpp"

#include "cmd/compose/docker_context.hpp"
#include "cmd/options.hpp"
#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/engine/api_version.hpp"
#include "lib/engine/ssh_gate.hpp"
#include "lib/log/log.hpp"
#include "machine/connection.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <iterator>
#include <optional>

namespace orch::cmd::compose {

namespace {

constexpr auto local_socket = "unix:///var/run/docker.sock";
constexpr std::size_t best_parallel = 8; // measured: more calls at a time make an engine slower

/// docker-compose: "0" and "false" are no; docker itself takes any text for yes.
bool says_yes(const std::string& value) {
    const auto word = text::lower(value);
    return !word.empty() && word != "0" && word != "false";
}

std::optional<int> number_in(const std::string& word) {
    int number = 0;
    const auto* const end = word.data() + word.size();
    const auto parsed = std::from_chars(word.data(), end, number);
    return parsed.ec == std::errc() && parsed.ptr == end ? std::optional(number) : std::nullopt;
}

/// Calls at the same time; -1 is no limit, which stays one of threads.
std::size_t limit_of(int number) {
    constexpr std::size_t most = 1024;
    return number < 0 ? most : std::min(static_cast<std::size_t>(number), most);
}

engine::Endpoint machine_endpoint(const std::string& name, const Session& session) {
    const orch::machine::Store store(session.storage_path());
    const auto registry = drivers::builtin_registry(session.environment);
    const orch::machine::Context context{store, registry, session.world};
    auto machine = store.load(name);
    const auto driver = orch::machine::require_driver(context, machine);
    if (!orch::machine::knows_reach(*driver, machine)) {
        const auto sink = session.progress(ui::Layout::one_machine);
        Job job{session.stop, *sink};
        driver->refresh(machine.record, job);
    }
    return orch::machine::endpoint(machine, driver->reach(machine.record));
}

/// The TLS files of DOCKER_CERT_PATH or ~/.docker, as the options override them.
std::optional<http::Tls> tls_of(const Session& session) {
    const auto& globals = session.globals;
    const auto cert_path = session.environment.get_or("DOCKER_CERT_PATH", "");
    const bool verify =
        globals.tls_verify || says_yes(session.environment.get_or("DOCKER_TLS_VERIFY", ""));
    const bool files_given =
        !globals.docker_tls_ca_cert.empty() || !globals.docker_tls_cert.empty();
    if (!verify && !globals.tls && !files_given && cert_path.empty())
        return std::nullopt;
    const auto dir = cert_path.empty() ? session.environment.home() / ".docker"
                                       : std::filesystem::path(cert_path);
    const auto file = [&](const std::string& given, const char* name) {
        return given.empty() ? dir / name : std::filesystem::path(given);
    };
    return http::Tls{
        .ca = file(globals.docker_tls_ca_cert, "ca.pem"),
        .cert = file(globals.docker_tls_cert, "cert.pem"),
        .key = file(globals.docker_tls_key, "key.pem"),
        .verify = verify || files_given,
        .verify_host = !globals.skip_hostname_check,
    };
}

/// All of standard input, for "-f -".
std::string read_standard_input(Session& session) {
    const auto& files = session.globals.compose_files;
    const bool named = files.empty() ? session.environment.get_or("COMPOSE_FILE", "") == "-"
                                     : std::find(files.begin(), files.end(), "-") != files.end();
    if (!named)
        return {};
    return session.console.read_all();
}

} // namespace

orch::compose::load::Source source_of(Session& session) {
    const auto& globals = session.globals;
    return {
        .files = globals.compose_files,
        .project_name = globals.project_name,
        .project_directory = globals.project_directory,
        .env_file = globals.env_file,
        .working_dir = std::filesystem::current_path(),
        .standard_input = read_standard_input(session),
    };
}

void show_warnings(const std::vector<std::string>& warnings, Session& session) {
    for (const auto& warning : warnings)
        warn(session, warning);
}

orch::compose::Project load_project(Session& session) {
    auto result = orch::compose::load::load(source_of(session), session.environment);
    show_warnings(result.warnings, session);
    std::vector<std::string> files;
    for (const auto& file : result.project.files)
        files.push_back(file.string());
    log::debug("compose", "Using configuration files: {}", text::join(files, ","));
    return std::move(result.project);
}

std::string host_of(const Session& session) {
    return session.globals.host.empty() ? session.environment.get_or("DOCKER_HOST", local_socket)
                                        : session.globals.host;
}

namespace {

/// COMPOSE_API_VERSION, as docker-compose has it, or DOCKER_API_VERSION, as docker has it.
std::string api_version(const Session& session) {
    auto version = session.environment.get_or("COMPOSE_API_VERSION", "");
    if (version.empty())
        version = session.environment.get_or("DOCKER_API_VERSION", "");
    if (version.empty() || text::lower(version) == "auto")
        return {};
    if (!engine::is_api_version(version))
        throw Error(Kind::usage, "COMPOSE_API_VERSION is no version of the API: {}", version)
            .hint("it looks like 1.41");
    if (engine::api_less(version, engine::lowest_api))
        throw Error(
            Kind::unsupported,
            "COMPOSE_API_VERSION is {}, orch speaks {} and newer",
            version,
            engine::lowest_api
        );
    return version;
}

/// COMPOSE_HTTP_TIMEOUT or, in older files, DOCKER_CLIENT_TIMEOUT: seconds for one call.
std::chrono::seconds http_limit(const Session& session) {
    for (const auto* name : {"COMPOSE_HTTP_TIMEOUT", "DOCKER_CLIENT_TIMEOUT"}) {
        const auto value = session.environment.get_or(name, "");
        if (value.empty())
            continue;
        const auto seconds = number_in(value);
        if (!seconds || *seconds < 1)
            throw Error(Kind::usage, "{} must be a number of seconds (found: {})", name, value);
        return std::chrono::seconds(*seconds);
    }
    return {};
}

} // namespace

engine::Endpoint endpoint_of(const Session& session) {
    const auto& globals = session.globals;
    if (!globals.machine.empty())
        return machine_endpoint(globals.machine, session);
    if (auto endpoint = context_endpoint(session))
        return std::move(*endpoint);
    const auto host = host_of(session);
    if (host.starts_with("ssh://"))
        return engine::ssh_endpoint(host, session.environment);
    return engine::parse_endpoint(
        host, host.starts_with("unix://") ? std::nullopt : tls_of(session)
    );
}

engine::Engine connect(Session& session) {
    auto endpoint = endpoint_of(session);
    endpoint.api_version = api_version(session);
    endpoint.limit = http_limit(session);
    return {session.world.http, std::move(endpoint), session.stop};
}

std::size_t parallel_limit(const Session& session) {
    const auto& given = session.globals.parallel;
    if (!given.empty()) {
        const auto limit = number_in(given);
        if (!limit || *limit == 0 || *limit < -1)
            throw Error(Kind::usage, "--parallel must be a number of calls, or -1: {}", given);
        return limit_of(*limit);
    }
    const auto value = session.environment.get_or("COMPOSE_PARALLEL_LIMIT", "");
    if (value.empty())
        return best_parallel;
    const auto limit = number_in(value);
    if (!limit)
        throw Error(Kind::usage, "COMPOSE_PARALLEL_LIMIT must be an integer (found: {})", value);
    if (*limit < 2 && *limit != -1)
        throw Error(Kind::usage, "COMPOSE_PARALLEL_LIMIT can not be less than 2");
    return limit_of(*limit);
}

bool removes_orphans(const Session& session) {
    return says_yes(session.environment.get_or("COMPOSE_REMOVE_ORPHANS", ""));
}

void warn(const Session& session, const std::string& text) {
    if (session.globals.log_level == "ERROR" || session.globals.log_level == "CRITICAL")
        return;
    // docker-compose names the level on a terminal only.
    const auto* const level = session.persona == Persona::orch    ? "warning: "
                              : session.console.err_is_terminal() ? "WARNING: "
                                                                  : "";
    session.console.err(level + session.spelled(text) + "\n");
}

void complete_services(CLI::Option& option, Session& session) {
    session.completions.add(option, [&session] {
        std::vector<Candidate> candidates;
        for (const auto& service : load_project(session).services)
            candidates.push_back({service.name, service.image});
        return candidates;
    });
}

CLI::Option* add_services(CLI::App& verb, Session& session, std::vector<std::string>& services) {
    auto* option = verb.add_option("SERVICE", services, "Services (all)");
    complete_services(*option, session);
    return option;
}

CLI::Option* add_service(CLI::App& verb, Session& session, std::string& service) {
    auto* option = verb.add_option("SERVICE", service, "The service")->required();
    complete_services(*option, session);
    return option;
}

CLI::Option* add_grace(CLI::App& verb, int& seconds) {
    return add_seconds(verb, "-t,--timeout", seconds, "Seconds between SIGTERM and SIGKILL (10)");
}

} // namespace orch::cmd::compose
